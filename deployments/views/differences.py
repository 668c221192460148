"""What would change for visitors if another deployment served."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from deployments.models import Deployment
from deployments.venvs import differences
from deployments.venvs.differences import Change
from deployments.venvs.lock import Lock, LockedPackage
from deployments.views.package_rows import place_of, version_of

#: More would be a page of its own.
SHOWN_PACKAGES = 12
SETTING_TITLES = {
    "command": "Command",
    "readiness_path": "Readiness path",
    "startup_s": "Seconds it must stay alive",
    "start_timeout_s": "Seconds until it must answer",
}


@dataclass(frozen=True)
class Difference:
    what: str
    now: str
    then: str


def between(serving: Deployment | None, proven: Deployment) -> tuple[Difference, ...]:
    """Source, settings and packages that differ; empty when ``proven`` is the same but for its number."""
    if serving is None:
        return ()
    return (*_source(serving, proven), *_settings(serving, proven), *_packages(serving, proven))


def _source(serving: Deployment, proven: Deployment) -> tuple[Difference, ...]:
    if serving.bundle_id == proven.bundle_id:
        return ()
    return (Difference("Source", _short(serving.bundle.digest), _short(proven.bundle.digest)),)


def _short(digest: str) -> str:
    return digest.removeprefix("sha256:")[:12]


def _settings(serving: Deployment, proven: Deployment) -> tuple[Difference, ...]:
    changed = [name for name in SETTING_TITLES if serving.settings.get(name) != proven.settings.get(name)]
    return tuple(
        Difference(SETTING_TITLES[name], _text(serving.settings.get(name)), _text(proven.settings.get(name)))
        for name in changed
    )


def _text(value: Any) -> str:
    words = " ".join(map(str, value)) if isinstance(value, list) else str("" if value is None else value)
    return words or "not set"


def of_packages(before: Lock, after: Lock, shown: int | None = SHOWN_PACKAGES) -> tuple[Difference, ...]:
    """At most ``shown`` of them, and how many more there are; ``None`` for all."""
    found = tuple(map(_of_package, differences.between(before, after)))
    left = len(found) - shown if shown is not None else 0
    return (*found[:shown], Difference(f"{left} more packages", "…", "…")) if left > 0 else found


def _packages(serving: Deployment, proven: Deployment) -> tuple[Difference, ...]:
    return of_packages(_lock(serving), _lock(proven))


def _lock(deployment: Deployment) -> Lock:
    return Lock.from_json(deployment.lock.content) if deployment.lock is not None else Lock(())


def _of_package(found: differences.Difference) -> Difference:
    """Only what differs is said of both sides: versions, else places, else files."""
    say: Callable[[LockedPackage], str] = version_of
    if found.change is Change.INDEX:
        say = _version_and_place
    elif found.change is Change.ARTEFACT:
        say = _version_and_file
    before, after = (say(package) if package else "absent" for package in (found.before, found.after))
    if found.change is Change.VERSION and found.before and found.after and _moved(found.before, found.after):
        before, after = _version_and_place(found.before), _version_and_place(found.after)
    return Difference(found.name, before, after)


def _moved(before: LockedPackage, after: LockedPackage) -> bool:
    return before.index != after.index


def _version_and_place(package: LockedPackage) -> str:
    return f"{version_of(package)} from {place_of(package)}"


def _version_and_file(package: LockedPackage) -> str:
    return f"{version_of(package)}, file {package.sha256[:12] or '?'}"
