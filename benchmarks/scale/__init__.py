"""A database as a large site has it, and every address asked of it."""
