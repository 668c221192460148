"""The programs that a command starts, read from its words and from the shell scripts that it runs."""

import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from deployments.failures import Failure, FailureKind
from deployments.source.files import read_text

#: What only runs something else, with its own options before that.
WRAPPERS = frozenset({"command", "env", "exec", "nice", "nohup", "setsid", "time"})
SHELLS = frozenset({"bash", "dash", "sh"})
#: Words of the shell's that a command may stand behind.
KEYWORDS = frozenset({"!", "do", "elif", "else", "if", "then", "until", "while", "{"})
PYTHON = re.compile(r"python(3(\.\d+)?)?")
ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
OPERATORS = frozenset(";&|()\n")
#: Options of Python that take the next word.
WITH_VALUE = frozenset({"-W", "-X"})
#: gunicorn's own workers; every other one is a module of some package.
OWN_WORKERS = frozenset({"gthread", "sync"})
#: A script that runs a script that …; and longer ones are no start scripts.
DEEPEST = 4
MAX_SCRIPT_BYTES = 64 * 1024

#: The text of a file of the source, or ``None`` where there is none.
Read = Callable[[str], str | None]


@dataclass(frozen=True)
class Program:
    """``name`` is looked up on the PATH ("gunicorn"), or is a module that something runs ("uvicorn.workers")."""

    name: str
    is_module: bool = False


def of(argv: Sequence[str], read: Read) -> tuple[Program, ...]:
    """Those that ``argv`` starts, each once. Nothing is run; what cannot be understood is passed over."""
    return tuple(dict.fromkeys(_of_words(list(argv), read, DEEPEST)))


def scripts_of(source: Path) -> Read:
    """How ``of`` reads the files of a source; one that is no text holds no programs."""

    def read(path: str) -> str | None:
        try:
            return None if "\0" in path else read_text(source, path, FailureKind.BAD_APP_YAML, MAX_SCRIPT_BYTES)
        except (Failure, OSError):
            return None

    return read


def _of_words(words: list[str], read: Read, depth: int) -> Iterator[Program]:
    words = _unwrapped(words)
    if not words or not depth:
        return
    name = words[0].rpartition("/")[2]
    if PYTHON.fullmatch(name):
        yield from _of_python(words[1:])
    elif name in SHELLS:
        yield from _of_shell(words[1:], read, depth - 1)
    elif name == "uv" and words[1:2] == ["run"]:
        yield from _of_words(words[2:], read, depth - 1)
    elif "/" in words[0] and (text := read(words[0])) is not None:
        yield from _of_text(text, read, depth - 1)
    else:
        yield Program(name)
        yield from _workers(words)


def _unwrapped(words: list[str]) -> list[str]:
    is_wrapped = False
    for index, word in enumerate(words):
        if word.rpartition("/")[2] in WRAPPERS:
            is_wrapped = True
        elif not ASSIGNMENT.match(word) and not (is_wrapped and word.startswith("-")):
            return words[index:]
    return []


def _of_python(words: list[str]) -> Iterator[Program]:
    options = iter(words)
    for word in options:
        if word in WITH_VALUE:
            next(options, None)
        elif word.startswith("-m"):
            module = word[2:] or next(options, "")
            yield from [Program(module, is_module=True)] if module else []
            yield from _workers(list(options))
            return
        elif not word.startswith("-") or word == "-c":
            return


def _of_shell(words: list[str], read: Read, depth: int) -> Iterator[Program]:
    options = iter(words)
    for word in options:
        if word.startswith("-") and word.endswith("c"):
            yield from _of_text(next(options, ""), read, depth)
            return
        if not word.startswith("-"):
            yield from _of_text(read(word) or "", read, depth)
            return


def _of_text(text: str, read: Read, depth: int) -> Iterator[Program]:
    if text.startswith("#!") and not _is_for_a_shell(text):
        return
    for line in text.replace("\\\n", " ").splitlines():
        for words in _commands(line):
            yield from _of_words(words, read, depth)


def _is_for_a_shell(text: str) -> bool:
    return any(word.rpartition("/")[2] in SHELLS for word in text.partition("\n")[0][2:].split())


def _commands(line: str) -> Iterator[list[str]]:
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    try:
        tokens = list(lexer)
    except ValueError:
        return  # A quotation mark that another line closes.
    words: list[str] = []
    for token in [*tokens, ";"]:
        if token in KEYWORDS and not words:
            continue
        if not set(token) <= OPERATORS:
            words.append(token)
        elif words:
            yield words
            words = []


def _workers(words: Sequence[str]) -> Iterator[Program]:
    """gunicorn's worker: ``-k uvicorn.workers.UvicornWorker``, ``--worker-class=gevent``."""
    for index, word in enumerate(words):
        option, _, value = word.partition("=")
        if option in ("-k", "--worker-class"):
            name = value or next(iter(words[index + 1 :]), "")
            if name and name not in OWN_WORKERS:
                yield Program(name.rpartition(".")[0] or name, is_module=True)
