"""What would change for visitors if another deployment served."""

from dataclasses import dataclass
from typing import Any

from deployments.models import Deployment

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


def _packages(serving: Deployment, proven: Deployment) -> tuple[Difference, ...]:
    now, then = _versions(serving), _versions(proven)
    names = sorted(name for name in now.keys() | then.keys() if now.get(name) != then.get(name))
    shown = tuple(
        Difference(name, now.get(name, "absent"), then.get(name, "absent")) for name in names[:SHOWN_PACKAGES]
    )
    left = len(names) - len(shown)
    return (*shown, Difference(f"{left} more packages", "…", "…")) if left else shown


def _versions(deployment: Deployment) -> dict[str, str]:
    packages = deployment.lock.content.get("packages", []) if deployment.lock else []
    return {package["name"]: package.get("version") or "built from source" for package in packages}
