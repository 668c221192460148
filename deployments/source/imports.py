"""What a source imports, found without running any of it."""

import ast
import os
import sys
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from deployments.source.files import has

#: Larger ones are generated; parsing takes about a second per megabyte.
FILE_BYTES = 1024 * 1024
#: Together these bound the time of a scan to some tens of seconds.
FILES = 5_000
TOTAL_BYTES = 16 * 1024 * 1024
LEFT_OUT = frozenset({".git", "__pycache__", ".venv", "venv", "node_modules"})
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
IMPORT_ERRORS = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})
#: What hostile or merely old source makes the parser raise.
PARSER_ERRORS = (SyntaxError, ValueError, LookupError, RecursionError, MemoryError)


@dataclass(frozen=True)
class Import:
    """A third-party module by its top-level name, e.g. "google".

    ``dotted`` are the names as imported ("google.cloud.storage"), because top-level names of namespace
    packages say little. ``files`` are relative to the source. It is lazy when every import stands in a
    function, guarded when the source is prepared for every one of them to fail or not to happen.
    """

    name: str
    dotted: tuple[str, ...]
    files: tuple[str, ...]
    is_lazy: bool
    is_guarded: bool


@dataclass(frozen=True)
class Imports:
    modules: Mapping[str, Import]
    notices: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Found:
    dotted: str
    file: str
    is_lazy: bool
    is_guarded: bool


def scan(source: Path) -> Imports:
    """Every third-party module that the Python files of ``source`` import. Never raises for what they hold."""
    found: list[_Found] = []
    notices: list[str] = []
    local_in = cache(lambda folder: frozenset(_importable(source / folder)))
    local = local_in(Path()) | local_in(Path("src"))
    for path in _python_files(source, notices):
        module = _parse(source, path, notices)
        siblings = local_in(path.parent)
        found += [
            each
            for each in _imports(module, str(path))
            if not _is_known(each.dotted.partition(".")[0], local | siblings)
        ]
    return Imports(_grouped(found), tuple(notices))


def _is_known(name: str, local: frozenset[str]) -> bool:
    return name in sys.stdlib_module_names or name in local or name == "__main__"


def _grouped(found: Iterable[_Found]) -> dict[str, Import]:
    by_name: dict[str, list[_Found]] = {}
    for each in found:
        by_name.setdefault(each.dotted.partition(".")[0], []).append(each)
    return {
        name: Import(
            name=name,
            dotted=tuple(sorted({each.dotted for each in group})),
            files=tuple(sorted({each.file for each in group})),
            is_lazy=all(each.is_lazy for each in group),
            is_guarded=all(each.is_guarded for each in group),
        )
        for name, group in sorted(by_name.items())
    }


def _python_files(source: Path, notices: list[str]) -> Iterator[Path]:
    count = total = 0
    for root, folders, files in os.walk(source):
        folders[:] = sorted(set(folders) - LEFT_OUT)
        for name in sorted(files):
            path = Path(root, name).relative_to(source)
            if path.suffix != ".py" or not has(source, str(path)):
                continue
            size = (source / path).stat().st_size
            if size > FILE_BYTES:
                notices.append(f"The imports of {path} were not read: it is larger than {FILE_BYTES // 1024} KiB.")
                continue
            count, total = count + 1, total + size
            if count > FILES or total > TOTAL_BYTES:
                notices.append("Only a part of the source was searched for imports, because it is large.")
                return
            yield path


def _parse(source: Path, path: Path, notices: list[str]) -> ast.AST:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse((source / path).read_bytes())
    except PARSER_ERRORS as error:
        line = f", line {error.lineno}" if isinstance(error, SyntaxError) and error.lineno else ""
        notices.append(f"The imports of {path} were not read: it is not valid Python here{line}.")
        return ast.Module(body=[], type_ignores=[])


def _imports(module: ast.AST, file: str) -> Iterator[_Found]:
    """Walks without recursion: a source may nest as deeply as the parser allows."""
    stack = [(module, False, False)]
    while stack:
        node, is_lazy, is_guarded = stack.pop()
        yield from (_Found(dotted, file, is_lazy, is_guarded) for dotted in _dotted_names(node))
        is_lazy = is_lazy or isinstance(node, FUNCTIONS)
        guarded = _guarded_children(node)
        stack += [(child, is_lazy, is_guarded or child in guarded) for child in ast.iter_child_nodes(node)]


def _dotted_names(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
        yield from (node.module if alias.name == "*" else f"{node.module}.{alias.name}" for alias in node.names)


def _guarded_children(node: ast.AST) -> set[ast.AST]:
    if isinstance(node, (ast.Try, ast.TryStar)) and any(_catches_import_error(handler) for handler in node.handlers):
        # What a handler imports is the replacement, and only one of the two has to be there.
        return {*node.body, *node.handlers}
    if isinstance(node, ast.If) and _is_type_checking(node.test):
        return set(node.body)
    return set()


def _catches_import_error(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(_last_name(each) in IMPORT_ERRORS for each in types)


def _is_type_checking(test: ast.expr) -> bool:
    return _last_name(test) == "TYPE_CHECKING"


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _importable(folder: Path) -> Iterator[str]:
    """What ``import`` finds in a folder of the source: modules, packages, extension modules."""
    if not folder.is_dir():
        return
    for path in folder.iterdir():
        if path.suffix in (".py", ".so"):
            yield path.name.partition(".")[0]
        elif path.is_dir() and (any(path.glob("*.py")) or any(path.glob("*/__init__.py"))):
            yield path.name
