"""What was given for one deployment alone, beside what its app has: it would be carried over to a repetition."""

from collections.abc import Mapping
from dataclasses import dataclass

from deployments.models import App, Deployment, SecretReference
from deployments.models.requested_settings import RequestedSettings, variables_of

PLAIN, NONE = "a plain value", "none"


@dataclass(frozen=True)
class Carried:
    what: str
    given: str
    of_app: str


def of(app: App, deployment: Deployment) -> tuple[Carried, ...]:
    """Of variables only which there are: whoever may see the app need not see what was given to one deployment."""
    then = RequestedSettings.from_json(deployment.settings)
    fields = {
        "command": ("Command", " ".join(then.command), " ".join(app.command) or "as the source says"),
        "readiness_path": ("Readiness path", then.readiness_path or NONE, app.readiness_path or NONE),
        "start_timeout_s": ("Time it has to start", f"{then.start_timeout_s:g} s", f"{app.start_timeout_s:g} s"),
    }
    own = [Carried(*fields[name]) for name in fields if name in then.own]
    return (*own, *_variables(app, then))


def _variables(app: App, then: RequestedSettings) -> list[Carried]:
    env, secrets = variables_of(app) if then.given else ({}, {})
    return [
        Carried(f"Variable {name}", _kind(name, then.env, then.secrets), _kind(name, env, secrets))
        for name in then.given
    ]


def _kind(name: str, env: Mapping[str, str], secrets: Mapping[str, SecretReference]) -> str:
    if name in secrets:
        return f"secret {secrets[name]}"
    return PLAIN if name in env else NONE
