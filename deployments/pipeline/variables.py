"""The environment variables of a deployment, put together from all who set some."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from deployments.failures import Failure, FailureKind
from deployments.models import SecretReference
from deployments.models.requested_settings import RequestedSettings
from deployments.source.refusals import quoted
from deployments.source.spec import EnvEntry


@dataclass(frozen=True)
class Variables:
    """No name is in two of them. ``from_source`` are those of ``secrets`` that the source itself refers to."""

    plain: Mapping[str, str]
    secrets: Mapping[str, SecretReference]
    from_source: Mapping[str, SecretReference]


def merge(launcher: Mapping[str, str], source: Iterable[EnvEntry], requested: RequestedSettings) -> Variables:
    """The launcher's give way to app.yaml's, and those to the app's own. Raises ``Failure`` (BAD_APP_YAML).

    ``valueFrom: db-password`` in app.yaml is the app's variable of that name, also as DB_PASSWORD, or else, written
    with a slash, a secret: ``valueFrom: prod/db-password``.
    """
    own: dict[str, str | SecretReference] = {**requested.env, **requested.secrets}
    merged: dict[str, str | SecretReference] = dict(launcher)
    from_source: dict[str, str | SecretReference] = {}
    for entry in source:
        if entry.name in own:
            continue
        merged[entry.name] = _value(entry, own)
        if entry.value_from is not None and _own(entry.value_from, own) is None:
            from_source[entry.name] = merged[entry.name]
    merged |= own
    return Variables(
        plain={name: value for name, value in merged.items() if isinstance(value, str)},
        secrets={name: value for name, value in merged.items() if isinstance(value, SecretReference)},
        from_source={name: value for name, value in from_source.items() if isinstance(value, SecretReference)},
    )


def _value(entry: EnvEntry, own: Mapping[str, str | SecretReference]) -> str | SecretReference:
    if entry.value_from is None:
        return entry.value or ""
    found = _own(entry.value_from, own)
    if found is None:
        found = SecretReference.parse(entry.value_from)
    if found is None:
        raise Failure(
            FailureKind.BAD_APP_YAML,
            f"{entry.name} in app.yaml takes its value from {quoted(entry.value_from)}, which this app does not have.",
            "Add a variable of that name on the app's page Environment, name a secret as 'scope/key', "
            "or write a plain 'value'.",
        )
    return found


def _own(name: str, own: Mapping[str, str | SecretReference]) -> str | SecretReference | None:
    """Resources elsewhere are called db-password; no variable can be."""
    return own[name] if name in own else own.get(re.sub(r"[-. ]", "_", name).upper())
