"""How a deployment is started: what ``Deployment.launch`` holds."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from deployments.launchers.base import Launch
from deployments.source.spec import AppSpec
from deployments.venvs.interpreters import Interpreter


@dataclass(frozen=True)
class StoredLaunch:
    """``env`` is what the launcher and app.yaml set, the latter winning. ``python`` is the interpreter's identity."""

    framework: str
    kind: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    python: str
    python_version: str
    environment: str = ""

    @classmethod
    def of(cls, launch: Launch, spec: AppSpec, interpreter: Interpreter) -> Self:
        env = {**launch.env, **{entry.name: entry.value or "" for entry in spec.env}}
        return cls(launch.framework, launch.kind, launch.argv, env, interpreter.identity, interpreter.version)

    @classmethod
    def from_json(cls, content: Mapping[str, Any] | None) -> Self:
        assert content is not None, "Only a deployment that was built has a launch."
        return cls(**{**content, "argv": tuple(content["argv"])})

    def to_json(self) -> dict[str, Any]:
        return asdict(self)
