"""How a deployment is started: what ``Deployment.launch`` holds."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from deployments import layout
from deployments.launchers.base import Launch
from deployments.launchers.choice import choose
from deployments.models import Deployment, SecretReference
from deployments.models.requested_settings import RequestedSettings, references
from deployments.pipeline.variables import Variables
from deployments.source.spec import AppSpec
from deployments.venvs.interpreters import Interpreter


@dataclass(frozen=True)
class StoredLaunch:
    """``env`` and ``secrets`` are what launcher, app.yaml and the app's own variables set, the last one winning.

    ``secrets`` says where a value is read at each start. ``python`` is the interpreter's identity.
    """

    framework: str
    kind: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    python: str
    python_version: str
    environment: str = ""
    secrets: Mapping[str, SecretReference] = field(default_factory=dict)

    @classmethod
    def of(cls, launch: Launch, variables: Variables, interpreter: Interpreter) -> Self:
        return cls(
            launch.framework, launch.kind, launch.argv, variables.plain, interpreter.identity, interpreter.version,
            secrets=variables.secrets,
        )  # fmt: skip

    @classmethod
    def from_json(cls, content: Mapping[str, Any] | None) -> Self:
        assert content is not None, "Only a deployment that was built has a launch."
        secrets = references(content.get("secrets", {}))
        return cls(**{**content, "argv": tuple(content["argv"]), "secrets": secrets})

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def again(deployment: Deployment, spec: AppSpec) -> Launch:
    """How its source would be launched if it were built now. Raises ``Failure``."""
    requested = RequestedSettings.from_json(deployment.settings)
    return choose(layout.source(deployment.bundle), spec, requested.command)
