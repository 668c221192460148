"""From what a source asks for to the exact packages it gets."""
