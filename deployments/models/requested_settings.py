"""The settings of an app as they were when a deployment was requested."""

from dataclasses import asdict, dataclass
from typing import Any, Self

from deployments.models.app import App


@dataclass(frozen=True)
class RequestedSettings:
    """What ``Deployment.settings`` holds. ``command`` is empty when the source or a launcher decides."""

    command: tuple[str, ...]
    readiness_path: str
    startup_s: float
    start_timeout_s: float

    @classmethod
    def of(cls, app: App) -> Self:
        return cls(tuple(app.command), app.readiness_path, app.startup_s, app.start_timeout_s)

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Self:
        return cls(
            tuple(content["command"]), content["readiness_path"], content["startup_s"], content["start_timeout_s"]
        )

    def to_json(self) -> dict[str, Any]:
        return asdict(self)
