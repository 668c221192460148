"""The Python files of a source that may hold its app, in the order they are asked."""

import ast
import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath

from deployments.launchers.parsing import NotPythonError, statements

#: Names that say "the app is in here", most deliberate first: made for a server, a framework's own, the usual ones.
ENTRY_FILES = (
    "asgi.py", "wsgi.py", "streamlit_app.py", "app.py", "main.py", "Home.py", "api.py", "server.py", "application.py",
    "run.py", "index.py", "__main__.py",
)  # fmt: skip
#: A package's own object counts too: ``app/__init__.py`` with a ``create_app``.
PACKAGE_FILES = ("asgi.py", "wsgi.py", "main.py", "app.py", "api.py", "server.py", "__init__.py")
#: Folders asked first; others follow by name.
PACKAGES = ("app", "api", "backend", "server")
#: Root files that stand beside an app and are none.
NOT_ENTRIES = frozenset(
    {"conftest.py", "fabfile.py", "locustfile.py", "manage.py", "noxfile.py", "setup.py", "tasks.py"}
)
#: Larger files are data, and parsing takes about 50 times the text's memory.
MAX_MODULE_BYTES = 512 * 1024
#: What is parsed of one source in all: at worst about 5 s on a slow core.
MAX_SOURCE_BYTES = 2 * 1024 * 1024
#: A hostile source must not keep the worker busy: further files are not looked at.
MAX_FILES = 500


def is_program(name: str) -> bool:
    """Whether a Python file at the top may be the app; a server would take "-x.py" for an option."""
    return name not in NOT_ENTRIES and not name.startswith(("test_", "-")) and name.count(".") == 1


@dataclass(frozen=True)
class Module:
    """One file, read: ``path`` is "src/app/main.py", ``name`` is "app.main" where ``root`` ("src") is on the path."""

    source: "Source"
    path: str
    name: str
    root: str
    body: tuple[ast.stmt, ...]

    @cached_property
    def packages(self) -> frozenset[str]:
        """The top-level packages that are imported anywhere in the file."""
        return frozenset(name.split(".")[0] for name in self._imported_names())

    def imports(self, package: str) -> bool:
        """Whether ``package`` or a module of it is imported."""
        return package in self.packages

    def import_statements(self) -> Iterator[ast.Import | ast.ImportFrom]:
        """Every import in the file, also those inside functions."""
        for node in self.nodes():
            if isinstance(node, ast.Import | ast.ImportFrom):
                yield node

    def nodes(self) -> Iterator[ast.AST]:
        for statement in self.body:
            yield from ast.walk(statement)

    def _imported_names(self) -> Iterator[str]:
        for statement in self.import_statements():
            if isinstance(statement, ast.Import):
                yield from (alias.name for alias in statement.names)
            elif statement.level == 0 and statement.module:
                yield statement.module


@dataclass
class Source:
    """A source folder whose files are parsed at most once. ``unparsable`` says why a file told nothing."""

    folder: Path
    unparsable: dict[str, str] = field(default_factory=dict)
    _modules: dict[str, Module | None] = field(default_factory=dict)
    _bytes_left: int = MAX_SOURCE_BYTES

    @cached_property
    def _real_folder(self) -> Path:
        return self.folder.resolve()

    def entry_modules(self) -> Iterator[Module]:
        """Files with a telling name, then the same below src/, then packages, then every other root file."""
        for root in ("", "src"):
            yield from self._present(root, ENTRY_FILES)
        for root in ("", "src"):
            yield from self._present(root, self._package_files(root))
        yield from self._present("", self._other_files())

    def module(self, root: str, path: str) -> Module | None:
        """The module at ``path`` below ``root``, or ``None`` when there is none that can be read."""
        whole_path = posixpath.join(root, path)
        if whole_path not in self._modules:
            body = self._parse(whole_path)
            self._modules[whole_path] = None if body is None else self._named(root, path, body)
        return self._modules[whole_path]

    def imported(self, root: str, name: str) -> Module | None:
        """The file of this source that ``import name`` loads, if it is one of them."""
        path = name.replace(".", "/")
        return self.module(root, f"{path}.py") or self.module(root, f"{path}/__init__.py")

    def python_files(self) -> Iterator[str]:
        """Paths of Python files at any depth, links left out, no more than ``MAX_FILES``."""
        found = (path for path in self.folder.rglob("*.py") if path.is_file() and not path.is_symlink())
        for _, path in zip(range(MAX_FILES), found, strict=False):
            yield path.relative_to(self.folder).as_posix()

    def read(self, path: str) -> bytes | None:
        """What the file holds; ``None`` when it is missing, too large, special, or a link out of the source."""
        file = self.folder / path
        try:
            # Most names that are asked for are not there: following links is for those that are.
            if not file.is_file() or not file.resolve().is_relative_to(self._real_folder):
                return None
            if file.stat().st_size > MAX_MODULE_BYTES:
                return None
            return file.read_bytes()
        except (OSError, ValueError, RuntimeError):  # a name too long or with NUL, a loop of links
            return None

    def names(self, folder: str = "") -> list[str]:
        """What ``folder`` holds, sorted, without hidden names."""
        try:
            return sorted(path.name for path in (self.folder / folder).iterdir() if not path.name.startswith("."))
        except OSError:
            return []

    def _present(self, root: str, paths: tuple[str, ...]) -> Iterator[Module]:
        for path in paths:
            module = self.module(root, path)
            if module is not None:
                yield module

    def _package_files(self, root: str) -> tuple[str, ...]:
        names = [name for name in self.names(root) if name.isidentifier() and name not in {"src", "test", "tests"}]
        in_order = [*PACKAGES, *(name for name in names[:MAX_FILES] if name not in PACKAGES)]
        return tuple(f"{package}/{file}" for file in PACKAGE_FILES for package in in_order)

    def _other_files(self) -> tuple[str, ...]:
        files = [name for name in self.names() if name.endswith(".py") and name not in ENTRY_FILES]
        return tuple(name for name in files if is_program(name))[:MAX_FILES]

    def _parse(self, path: str) -> tuple[ast.stmt, ...] | None:
        text = self.read(path)
        if text is None or len(text) > self._bytes_left:
            return None
        self._bytes_left -= len(text)
        try:
            return statements(text)
        except NotPythonError as reason:
            self.unparsable[path] = str(reason)
            return None

    def _named(self, root: str, path: str, body: tuple[ast.stmt, ...]) -> Module:
        # A src/ folder that is itself a package is imported by that name: "src.main", not "main".
        if root and (self.folder / root / "__init__.py").is_file():
            root, path = "", f"{root}/{path}"
        parts = PurePosixPath(path).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)
        return Module(self, posixpath.join(root, path), name, root, body)
