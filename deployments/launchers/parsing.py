"""Python text of any version to top-level statements, without running it."""

import ast
import re
import warnings

#: Lines that begin a line but not a statement: the rest of a bracket, of an if or of a try.
_CONTINUES = re.compile(rb"[\s)\]}#]|(else|elif|except|finally)\b")
#: What a stranger's text can make the parser raise; the last two by deep nesting.
_REFUSALS = (SyntaxError, ValueError, RecursionError, MemoryError)


class NotPythonError(Exception):
    """Nothing of the text could be read; the message says where it went wrong, e.g. "line 3: invalid syntax"."""


def statements(text: bytes) -> tuple[ast.stmt, ...]:
    """The top-level statements of a module.

    An app may run on a newer Python than the platform, so a statement in newer syntax is left out rather than
    spoiling the file. Raises ``NotPythonError``.
    """
    try:
        return tuple(_parse(text))
    except _REFUSALS as refusal:
        understood = tuple(statement for chunk in _chunks(text) for statement in _parse_if_possible(chunk))
        if not understood:
            raise NotPythonError(_sentence(refusal)) from None
        return understood


def _parse(text: bytes) -> list[ast.stmt]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an invalid escape in a stranger's string is not our warning
        return ast.parse(text).body


def _parse_if_possible(text: bytes) -> list[ast.stmt]:
    try:
        return _parse(text)
    except _REFUSALS:
        return []


def _chunks(text: bytes) -> list[bytes]:
    chunks: list[list[bytes]] = [[]]
    after_decorator = False
    for line in text.splitlines(keepends=True):
        if not _CONTINUES.match(line) and not after_decorator:
            chunks.append([])
        chunks[-1].append(line)
        after_decorator = line.startswith(b"@")
    return [b"".join(lines) for lines in chunks]


def _sentence(refusal: BaseException) -> str:
    if isinstance(refusal, SyntaxError) and refusal.lineno:
        return f"line {refusal.lineno}: {refusal.msg}"
    return "it is not Python text"
