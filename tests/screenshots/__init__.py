"""The pictures of the documents, taken of a whole platform with a workspace as a team has it: ``make screenshots``."""
