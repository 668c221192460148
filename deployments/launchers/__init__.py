"""How to serve a source folder: one module per framework."""
