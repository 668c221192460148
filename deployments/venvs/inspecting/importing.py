"""Whether modules can be imported in an environment, found out by importing them in the sandbox."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Self

from deployments.failures import Failure, FailureKind
from deployments.venvs.diagnosing.diagnosis import shown
from deployments.venvs.interpreters import Interpreter
from deployments.venvs.store.built import Built
from deployments.venvs.store.skeleton import site_packages
from deployments.venvs.workbench import ShouldStop, Workbench, read_text

SCRIPT = Path(__file__).with_name("import_modules.py")
#: Large libraries take some seconds, on a busy machine ten times that.
TIMEOUT_S = 180.0
#: Each module that ends or holds up the process costs another one.
MOST_PROCESSES = 5
#: Nobody reads more, and nobody's source imports more.
MOST_MODULES = 1_000


@dataclass(frozen=True)
class Broken:
    """A module that cannot be imported. ``why`` is a sentence, ``lacks`` the module that was not found, if any."""

    module: str
    why: str
    lacks: str = ""

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        return cls(**content)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def broken(
    modules: Sequence[str],
    environment: Built,
    interpreter: Interpreter,
    workbench: Workbench,
    should_stop: ShouldStop | None = None,
) -> tuple[Broken, ...]:
    """Those of the dotted ``modules`` that cannot be imported in ``environment``, in their order.

    A name that is an attribute of a module counts as imported with it. Raises ``shell.Stopped``.
    """
    found, left = list[Broken](), list(modules[:MOST_MODULES])
    for _ in range(MOST_PROCESSES):
        if not left:
            break
        outcomes, why = _import(left, environment, interpreter, workbench, should_stop)
        found += outcomes.values()
        left = left[len(outcomes) :]
        if left:
            found.append(Broken(left[0], why))
            left = left[1:]
    found += [Broken(module, "It was not tried: too many modules before it ended the process.") for module in left]
    return tuple(each for each in found if each.why)


def _import(
    modules: Sequence[str],
    environment: Built,
    interpreter: Interpreter,
    workbench: Workbench,
    should_stop: ShouldStop | None,
) -> tuple[dict[str, Broken], str]:
    """What one process told, in order, ``why`` empty for what went well; and why it told no more, if it did not."""
    folder = workbench.folder("imports")
    asked, told = workbench.folder("imports-list") / "modules.json", folder / "told.jsonl"
    asked.write_text(json.dumps(list(modules)))
    why = "It ended the process that imported it."
    try:
        replace(workbench, timeout_s=TIMEOUT_S).run(
            [str(environment.path / "bin" / "python"), "-I", str(SCRIPT), str(asked), str(told)],
            readonly=(SCRIPT, environment.path, *interpreter.readonly_paths),
            mounts=environment.mounts,
            network=False,
            with_cache=False,
            should_stop=should_stop,
        )
    except Failure as failure:
        if failure.kind is not FailureKind.BUILD_TIMED_OUT:
            raise
        why = f"Importing it took longer than {TIMEOUT_S:.0f} s."
    return dict(_told(told, modules, environment.path)), why


def _told(file: Path, modules: Sequence[str], environment: Path) -> Iterator[tuple[str, Broken]]:
    """The file is as trustworthy as the modules: whatever is not the next answer ends it."""
    try:
        lines = read_text(file).splitlines()
    except (OSError, UnicodeDecodeError):
        return
    for module, line in zip(modules, lines, strict=False):
        try:
            content = json.loads(line)
            if content["module"] != module:
                return
            error, text, lacks = (str(content.get(name, ""))[:500] for name in ("error", "text", "lacks"))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return
        text = text.replace(f"{site_packages(environment)}/", "")
        why = shown(f"{error}: {text}" if text else error, environment)
        yield module, Broken(module, why if "error" in content else "", lacks if _is_dotted(lacks) else "")


def _is_dotted(name: str) -> bool:
    return all(part.isidentifier() for part in name.split("."))
