"""The store of installed environments, each made once and shared by everyone who needs exactly it."""
