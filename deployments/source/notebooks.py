"""Notebooks as source: a line on top that says so, and a language instead of an extension."""

from dataclasses import dataclass

#: By language as Databricks calls it: the extension, and what a comment begins with.
EXTENSIONS = {"PYTHON": ".py", "SQL": ".sql", "SCALA": ".scala", "R": ".r"}
COMMENTS = {"PYTHON": "#", "SQL": "--", "SCALA": "//", "R": "#"}
TITLE = "Databricks notebook source"
#: The longest first line that is one.
HEADER_BYTES = 64


@dataclass(frozen=True)
class Notebook:
    """``name`` without its extension."""

    name: str
    language: str


def recognise(name: str, beginning: bytes) -> Notebook | None:
    """The notebook that the file ``name`` is, if its first line says so.

    Example: "etl.py" that begins with ``# Databricks notebook source``.
    """
    for language, extension in EXTENSIONS.items():
        if name.lower().endswith(extension) and len(name) > len(extension):
            first = beginning[:HEADER_BYTES].lstrip(b"\xef\xbb\xbf").splitlines()[:1]
            if first == [header(language)]:
                return Notebook(name[: -len(extension)], language)
    return None


def header(language: str) -> bytes:
    return f"{COMMENTS[language]} {TITLE}".encode()


def file_name(name: str, language: str) -> str:
    """What the notebook is called among files: "main" in Python is "main.py", and so is "main.py"."""
    extension = EXTENSIONS[language]
    return name if name.lower().endswith(extension) else name + extension
