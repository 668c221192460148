"""What a client says of an app, as the settings that ours has."""

from collections.abc import Mapping
from typing import Any

from deployments.models import Scaling
from workspaces.api.databricks import fields
from workspaces.errors import Invalid

#: Nothing here would look at them, and an app that counts on one of them would not work.
UNKNOWN = ("git_repository", "git_source", "space", "telemetry_export_destinations", "user_api_scopes")


def settings_of(content: Mapping[str, Any]) -> dict[str, Any]:
    """Keyword arguments for ``apps.create`` and ``apps.update``; fields that are left out stay as they are.

    Raises ``Invalid`` for what Slipway does not have and what cannot be.
    """
    _refuse_what_there_is_not(content)
    found: dict[str, Any] = {}
    if (description := fields.optional_text(content, "description")) is not None:
        found["title"] = description
    return found | _instances(content)


def _refuse_what_there_is_not(content: Mapping[str, Any]) -> None:
    for name in UNKNOWN:
        if content.get(name):
            raise Invalid(f"Slipway's apps have no {name}.", "Leave it out.")


def _instances(content: Mapping[str, Any]) -> dict[str, Any]:
    """Both numbers make a horizontally scaled app. Its number is fixed here: the largest that is allowed."""
    low, high = content.get("compute_min_instances"), content.get("compute_max_instances")
    if low is None and high is None:
        return {}
    if low is None or high is None:
        raise Invalid("compute_min_instances and compute_max_instances must be set together.")
    if any(isinstance(number, bool) or not isinstance(number, int) for number in (low, high)) or low > high:
        raise Invalid("compute_min_instances and compute_max_instances are not two numbers, the smaller one first.")
    return {"scaling": Scaling.HORIZONTAL, "instances": high}
