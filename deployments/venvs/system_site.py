"""What an interpreter's own site has: the packages that are there without being installed for anybody."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from deployments import shell
from deployments.failures import Failure, FailureKind
from deployments.venvs.interpreters import Interpreter

PROBE = Path(__file__).with_name("probe_system_site.py")
#: Hundreds of distributions on a slow disk take a few seconds.
TIMEOUT_S = 60.0
EVERYTHING = ("*",)


@dataclass(frozen=True)
class SystemPackage:
    """``requires`` as in its metadata; ``scripts`` are ``("gunicorn", "gunicorn.app.wsgiapp:run")``.

    ``links`` are places relative to ``site``, the folder it lies in; together they show this package and no other.
    """

    name: str
    version: str
    site: Path
    requires: tuple[str, ...] = ()
    scripts: tuple[tuple[str, str], ...] = ()
    links: tuple[str, ...] = field(default=(), repr=False)


def look(interpreter: Interpreter, names: Sequence[str] = EVERYTHING) -> Mapping[str, SystemPackage]:
    """Those of ``names`` (canonical) that are there; of everything the ``links`` are not told. Raises ``Failure``."""
    if not names:
        return {}
    env = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
    try:
        with TemporaryDirectory() as folder:
            answer = Path(folder) / "answer.json"
            shell.run([str(interpreter.path), "-IB", str(PROBE), str(answer), *names], timeout_s=TIMEOUT_S, env=env)
            found = json.loads(answer.read_text())
    except (shell.TimedOut, OSError, ValueError):
        raise Failure(
            FailureKind.NO_INTERPRETER,
            f"Python {interpreter.version} did not say which packages it has of its own.",
            "Ask the operator to look after this Python, or ask for another version in .python-version.",
        ) from None
    return {name: _package(name, each) for name, each in found.items()}


def _package(name: str, found: Mapping[str, object]) -> SystemPackage:
    scripts, links, requires = (_list(found[key]) for key in ("scripts", "links", "requires"))
    return SystemPackage(
        name=name,
        version=str(found["version"]),
        site=Path(str(found["site"])),
        requires=tuple(map(str, requires)),
        scripts=tuple((str(script[0]), str(script[1])) for script in map(_list, scripts)),
        links=tuple(map(str, links)),
    )


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
