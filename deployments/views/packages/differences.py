"""What would change for visitors if another deployment served."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.text import Truncator

from deployments.models import Deployment
from deployments.models.requested_settings import RequestedSettings
from deployments.venvs.inspecting import differences
from deployments.venvs.inspecting.differences import Change
from deployments.venvs.lock import Lock, LockedPackage
from deployments.views.packages.package_rows import place_of, version_of

#: More would be a page of its own.
SHOWN_PACKAGES = 12
#: Of a variable's value, to be recognised.
LONGEST_VALUE = 120
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
    parts = (_source, _python, _image, _settings, _variables, _packages)
    return tuple(difference for part in parts for difference in part(serving, proven))


def _source(serving: Deployment, proven: Deployment) -> tuple[Difference, ...]:
    if serving.bundle_id == proven.bundle_id:
        return ()
    return (Difference("Source", _short(serving.bundle.digest), _short(proven.bundle.digest)),)


def _python(serving: Deployment, proven: Deployment) -> tuple[Difference, ...]:
    """Nothing is said of an environment that is gone: it is made again as it was."""
    versions = [one.environment.python_version if one.environment else "" for one in (serving, proven)]
    return (Difference("Python", *versions),) if all(versions) and versions[0] != versions[1] else ()


def _image(serving: Deployment, proven: Deployment) -> tuple[Difference, ...]:
    now, then = map(_image_of, (serving, proven))
    return (Difference("Base image", now, then),) if now != then else ()


def _image_of(deployment: Deployment) -> str:
    requested = RequestedSettings.from_json(deployment.settings)
    return f"{requested.base_image}, version {requested.base_image_version}"


def _variables(serving: Deployment, proven: Deployment) -> tuple[Difference, ...]:
    now, then = map(_said_of_variables, (serving, proven))
    changed = sorted(name for name in now.keys() | then.keys() if now.get(name) != then.get(name))
    return tuple(
        Difference(f"Variable {name}", *(_excerpt(values.get(name)) for values in (now, then))) for name in changed
    )


def _said_of_variables(deployment: Deployment) -> dict[str, str]:
    """Plain values, and where secret ones come from."""
    requested = RequestedSettings.from_json(deployment.settings)
    return dict(requested.env) | {name: f"secret {where}" for name, where in requested.secrets.items()}


def _excerpt(value: str | None) -> str:
    return "absent" if value is None else Truncator(value).chars(LONGEST_VALUE) or "empty"


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
