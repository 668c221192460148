"""Why an environment is made and not reused, in words: what is different from the app's last deployment."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from deployments.models import Deployment, Environment
from deployments.operations import environments as rows
from deployments.pipeline.launches import StoredLaunch
from deployments.venvs.interpreters import Interpreter
from deployments.venvs.lock import Lock, LockedPackage

#: A list in a log; the rest is counted.
SHOWN = 8
#: Of what was asked: of these only what is not in both is told.
LISTS = frozenset({"external packages", "prohibited packages", "packages that the framework needs"})
UNKNOWN = "These requirements were not resolved before."


def for_making(
    deployment: Deployment, content: Lock, interpreter: Interpreter, environment: Environment
) -> Iterator[str]:
    """Sentences for the log of a deployment whose ``environment`` is not on the disk."""
    yield f"No environment has exactly these packages for this Python: making {environment.key}."
    if deployment.rebuild:
        yield "It is made anew, as asked."
        return
    before = deployment.activates or rows.earlier(deployment)
    if before is None or before.lock is None:
        return
    named = f"deployment {before.number}"
    changes = list(_changes(before, content, interpreter))
    if changes:
        yield f"Different from {named}: {few(changes)}"
    else:
        yield f"It would be the same as that of {named}, but that one {_fate(before.environment)}: it is made again" + (
            " from its lock." if deployment.activates else "."
        )


def for_resolving(asked: Mapping[str, str], before: Deployment | None) -> str:
    """Why the resolver is asked. ``asked`` is the request in words (``LockRequest.asked``)."""
    if before is None or before.lock is None:
        return UNKNOWN
    if not before.lock.content.get("is_managed", True):
        return f"To be resolved, because for deployment {before.number} environment management was off."
    old = before.lock.asked
    # What was asked before this release may know less of itself.
    changes = [_change(name, old[name], asked[name]) for name in asked if name in old and old[name] != asked[name]]
    if not changes:
        return UNKNOWN
    return f"To be resolved, because since deployment {before.number} this changed: {few(changes)}"


def few(things: Iterable[object]) -> str:
    """``numpy 1.0 → 2.0, pandas added, and 3 more.``"""
    listed = [str(thing).rstrip(".") for thing in things]
    more = len(listed) - SHOWN
    return ", ".join(listed[:SHOWN]) + (f", and {more} more" if more > 0 else "") + "."


def _change(name: str, old: str, new: str) -> str:
    # The long ones are digests, which tell nobody anything.
    if len(old) == len(new) == 64:
        return f"the {name}"
    if name in LISTS:
        return f"the {name} ({'; '.join(_moves(old, new))})"
    return f"the {name} ({old} → {new})"


def _moves(old: str, new: str) -> Iterator[str]:
    before, after = (text.split(", ") if text != "none" else [] for text in (old, new))
    for listed, without, verb in ((after, before, "added"), (before, after, "removed")):
        if different := [each for each in listed if each not in without]:
            yield f"{verb}: {', '.join(different)}"


def _changes(before: Deployment, content: Lock, interpreter: Interpreter) -> Iterator[str]:
    assert before.lock is not None
    old = Lock.from_json(before.lock.content)
    launch = StoredLaunch.from_json(before.launch)
    if launch.python_version != interpreter.version:
        yield f"Python {launch.python_version} → {interpreter.version}"
    elif launch.python != interpreter.identity:
        yield f"another installation of Python {interpreter.version}"
    if old.is_managed != content.is_managed:
        yield "packages are installed" if content.is_managed else "nothing is installed any more"
    if old.is_public != content.is_public:
        yield "shared with nobody" if old.is_public else "shared by all, as everything in it is public"
    yield from _packages(_by_name(old.packages), _by_name(content.packages))


def _packages(old: Mapping[str, LockedPackage], new: Mapping[str, LockedPackage]) -> Iterator[str]:
    for name in sorted(old.keys() | new.keys()):
        if name not in old:
            yield f"{name} {new[name].version or ''}".rstrip() + " added"
        elif name not in new:
            yield f"{name} {old[name].version or ''}".rstrip() + " removed"
        elif old[name].version != new[name].version:
            yield f"{name} {old[name].version} → {new[name].version}"
        elif old[name].index != new[name].index:
            yield f"{name} from another index ({old[name].index or 'its own address'} → {new[name].index or 'its own'})"
        elif _artefact(old[name]) != _artefact(new[name]):
            yield f"{name} {new[name].version or ''}".rstrip() + " from another file"


def _artefact(package: LockedPackage) -> tuple[object, ...]:
    return package.kind, package.hashes[:1], package.commit, package.subdirectory


def _by_name(packages: Sequence[LockedPackage]) -> dict[str, LockedPackage]:
    return {package.name: package for package in packages}


def _fate(environment: Environment | None) -> str:
    if environment is None:
        return "is not kept any more"
    if environment.cleared_at is not None:
        return f"was {environment.cleared_because or 'cleared'}"
    return "is not on the disk any more"
