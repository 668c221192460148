"""A module that an app imports and Python does not find."""

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from deployments.failures import Failure, FailureKind
from deployments.venvs.diagnosing.import_names import ImportNames, distribution_for

#: Searching a large source for one file name must not take long.
SEARCHED_FILES = 20_000
IMPORT = re.compile(r"^\s*(?:from (?P<module>[\w.]+) import (?P<name>\w+)|import (?P<whole>[\w.]+))")
CANNOT_IMPORT = re.compile(
    r"cannot import name '(?P<name>\w+)' from (?P<partly>partially initialized module )?'(?P<module>[\w.]+)'"
)


def missing_module(
    module: str,
    code: str,
    metadata: Callable[[], ImportNames],
    source: Path | None,
    *,
    is_hidden: bool = False,
) -> Failure:
    """What to say of a missing ``module``, e.g. "google.cloud".

    ``code`` is the line that imported it, if known: it may name more ("from google.cloud import storage").
    """
    top = module.partition(".")[0]
    own = _own_path(source, top)
    if is_hidden:
        return _hidden(module, top, own)
    # A file of the same name deep in the source says little when a package of that name is known.
    if own is not None and (_is_direct(own) or distribution_for(module, metadata()) is None):
        return _own(module, top, own)
    if top in sys.stdlib_module_names and distribution_for(module, {}) is None:
        return _failure(
            f"The app imports '{module}', a part of Python that the chosen interpreter was built without.",
            "Ask for another version of Python in .python-version.",
        )
    return _third_party(module, top, code, metadata())


def cannot_import_name(text: str, metadata: Callable[[], ImportNames], source: Path | None) -> Failure | None:
    """What to say of "cannot import name 'x' from 'y'", or ``None`` for another text."""
    match = CANNOT_IMPORT.search(text)
    if match is None:
        return None
    name, module = match["name"], match["module"]
    message = f"The app imports '{name}' from '{module}', which does not have it"
    if match["partly"] or "circular import" in text:
        return _crashed(
            f"The app imports '{name}' from '{module}' before '{module}' has been read to its end: a circular import.",
            "Move one of the two imports into the function that uses it.",
        )
    if _own_path(source, module.partition(".")[0]) is not None:
        return _crashed(
            f"{message}; '{module}' is the app's own.", "Check the spelling, and that the newest file was uploaded."
        )
    # A namespace package takes a module that is not installed for a missing name.
    if distribution := _exactly(f"{module}.{name}", metadata()):
        return _not_installed(f"{module}.{name}", distribution)
    package = distribution_for(module, metadata()) or module.partition(".")[0]
    return _crashed(
        f"{message} in the installed version.",
        f"Pin the version of {package} that the app was written for, in requirements.txt or pyproject.toml.",
    )


def _third_party(module: str, top: str, code: str, metadata: ImportNames) -> Failure:
    imported = next((name for name in _imported(code) if name.startswith(f"{module}.")), module)
    if "." not in module or _exactly(imported, metadata):
        return _not_installed(module, distribution_for(imported, metadata))
    # Python looks for 'a.b' only when it has found 'a'.
    package = distribution_for(top, metadata)
    if package is None:
        return _not_installed(module, None)
    return _failure(
        f"The app imports '{module}', which the installed version of {package} does not have.",
        f"Pin the version of {package} that the app was written for, in requirements.txt or pyproject.toml.",
    )


def _exactly(module: str, metadata: ImportNames) -> str | None:
    """The distribution of a dotted module itself, not of its parent."""
    distribution = distribution_for(module, metadata)
    return distribution if distribution != distribution_for(module.rpartition(".")[0], metadata) else None


def _imported(code: str) -> Iterator[str]:
    if match := IMPORT.match(code):
        yield match["whole"] or f"{match['module']}.{match['name']}"


def _not_installed(module: str, distribution: str | None) -> Failure:
    message = f"The app imports '{module}', which is not installed."
    if distribution is None:
        top = module.partition(".")[0]
        return _failure(
            message,
            f"No package is known to bring '{module}'. It may be called '{top}' like the module, but that is a guess: "
            "look it up on your package index before you add it to requirements.txt (or pyproject.toml).",
        )
    hint = f'Add the line "{distribution}" to requirements.txt (or pyproject.toml) and deploy again.'
    return Failure(FailureKind.MISSING_MODULE, message, hint, requirement=distribution)


def _hidden(module: str, top: str, own: Path | None) -> Failure:
    if own is None:
        return _failure(
            f"The app imports '{module}', but '{top}' is a single module.", "Check the spelling of the import."
        )
    return _failure(
        f"The app's own file {own} hides the package '{top}', so '{module}' is not found.",
        f"Rename {own}.",
    )


def _own(module: str, top: str, own: Path) -> Failure:
    if "." in module:
        return _failure(
            f"The app imports '{module}', but its own '{top}' has no such module.",
            "Check the spelling, and that every file was uploaded.",
        )
    folder = own.parent
    if folder == Path():
        return _failure(
            f"The app imports '{module}', its own {own}, but Python does not look in the top folder of the source.",
            "Start the app from there, or set PYTHONPATH to '.' in 'env' in app.yaml.",
        )
    dotted = ".".join((*folder.parts, top))
    return _failure(
        f"The app imports '{module}', which is its own {own}, but Python does not look in '{folder}'.",
        f"Import it as '{dotted}', or set PYTHONPATH to '{folder}' in 'env' in app.yaml.",
    )


def _own_path(source: Path | None, name: str) -> Path | None:
    """Where the source holds the module or package ``name``, the highest place first; relative to the source."""
    if source is None:
        return None
    direct = (Path(f"{name}.py"), Path(name, "__init__.py"))
    found = next((path for path in direct if (source / path).is_file()), None)
    if found is None:
        found = min(_nested(source, name), key=lambda path: (len(path.parts), str(path)), default=None)
    return found.parent if found is not None and found.name == "__init__.py" else found


def _nested(source: Path, name: str) -> Iterator[Path]:
    for count, path in enumerate(source.rglob("*.py")):
        if count > SEARCHED_FILES:
            return
        if path.name == f"{name}.py" or (path.name == "__init__.py" and path.parent.name == name):
            yield path.relative_to(source)


def _is_direct(own: Path) -> bool:
    return len(own.parts) == 1


def _failure(message: str, hint: str) -> Failure:
    return Failure(FailureKind.MISSING_MODULE, message, hint)


def _crashed(message: str, hint: str) -> Failure:
    return Failure(FailureKind.CRASHED_AT_START, message, hint)
