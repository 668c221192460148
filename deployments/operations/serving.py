"""How an app is served, as people say it: the command, and what shows that it serves."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from deployments.models import Deployment, SecretReference
from deployments.models.requested_settings import RequestedSettings
from deployments.operations import env_vars
from deployments.operations.env_vars import Value
from workspaces.errors import Invalid

LONGEST_COMMAND = 8000
LONGEST_WAIT_S = 3600.0
#: Of the variables a sentence names.
MOST_NAMED = 5
TITLES = {
    "command": "the command",
    "readiness_path": "the readiness path",
    "start_timeout_s": "the time it has to start",
}


@dataclass(frozen=True)
class Own:
    """What is given for one deployment, and goes before what its app has. ``None`` is as the app has it.

    ``carried_from`` is the number of the deployment that had it before, if nobody gave it anew.
    """

    command: Sequence[str] | None = None
    variables: Mapping[str, Value] = field(default_factory=dict)
    readiness_path: str | None = None
    start_timeout_s: float | None = None
    carried_from: int | None = None

    def over(self, requested: RequestedSettings) -> RequestedSettings:
        """Raises ``Invalid`` and ``LimitExceeded``; whether secrets may be read is not asked here."""
        env_vars.check(self.variables)
        plain = {name: value for name, value in self.variables.items() if isinstance(value, str)}
        secrets = {name: value for name, value in self.variables.items() if isinstance(value, SecretReference)}
        given = {
            "command": None if self.command is None else tuple(command(self.command)),
            "readiness_path": None if self.readiness_path is None else readiness_path(self.readiness_path),
            "start_timeout_s": None if self.start_timeout_s is None else start_timeout_s(self.start_timeout_s),
        }
        changes: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        own_from = self.carried_from if changes or self.variables else None
        return replace(requested, **changes, own=tuple(changes), own_from=own_from).with_variables(plain, secrets)

    @classmethod
    def of(cls, deployment: Deployment) -> Self:
        """What was given for that one, to be carried over to another."""
        then = RequestedSettings.from_json(deployment.settings)
        variables: dict[str, Value] = {**then.env, **then.secrets}
        return cls(
            command=list(then.command) if "command" in then.own else None,
            variables={name: variables[name] for name in then.given},
            readiness_path=then.readiness_path if "readiness_path" in then.own else None,
            start_timeout_s=then.start_timeout_s if "start_timeout_s" in then.own else None,
            carried_from=deployment.number,
        )


def own_of(deployment: Deployment) -> str:
    """What was given for it alone, as part of a sentence: "the command and the variable MODE"; else empty."""
    requested = RequestedSettings.from_json(deployment.settings)
    return _listed([*(TITLES[name] for name in requested.own), *_variables(requested.given)])


def tell_own(deployment: Deployment) -> str:
    """The same as a sentence."""
    if not (own := own_of(deployment)):
        return ""
    earlier = RequestedSettings.from_json(deployment.settings).own_from
    if earlier is None:
        return f"Given for this deployment alone: {own}."
    return f"Not as the app has it, but carried over from deployment {earlier}: {own}."


def _variables(names: Sequence[str]) -> list[str]:
    if len(names) > MOST_NAMED:
        return [f"{len(names)} variables ({', '.join(names[:MOST_NAMED])}, …)"]
    return [f"the variable{'s' if len(names) > 1 else ''} {_listed(names)}"] if names else []


def _listed(words: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def command(value: Any) -> list[str]:
    words_only = isinstance(value, list) and all(isinstance(word, str) and "\0" not in word for word in value)
    if not words_only or sum(map(len, value)) > LONGEST_COMMAND:
        raise Invalid(
            "The command is not a list of words.", 'Write it as a list: ["uvicorn", "main:app", "--port", "$PORT"].'
        )
    return list(value)


def readiness_path(value: Any) -> str:
    if (
        not isinstance(value, str)
        or len(value) > 500
        or not value.isprintable()
        or (value and not value.startswith("/"))
    ):
        raise Invalid(
            f"{value!r} is not a path to ask.", "Write it from the root, for instance /healthz, or leave it empty."
        )
    return value


def _duration(name: str, low: float) -> Callable[[Any], float]:
    def check(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= LONGEST_WAIT_S:
            raise Invalid(f"{name} is not a number of seconds from {low:g} to {LONGEST_WAIT_S:g}.")
        return float(value)

    return check


startup_s = _duration("startup_s", 0)
start_timeout_s = _duration("start_timeout_s", 1)
