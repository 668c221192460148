"""What an app is given under a name: here secrets, which are variables of the app.

``valueFrom: db-password`` in app.yaml takes the resource "db-password", which is the app's variable DB_PASSWORD.
"""

import re
from collections.abc import Mapping
from typing import Any

from deployments.models import SecretReference
from deployments.operations.env_vars import Value
from workspaces.api.databricks import fields
from workspaces.errors import Invalid


def references(content: Mapping[str, Any]) -> dict[str, Value | None]:
    """The variables that the field ``resources`` asks for. Raises ``Invalid``."""
    resources = content.get("resources") or []
    if not isinstance(resources, list) or not all(isinstance(resource, dict) for resource in resources):
        raise Invalid("The field 'resources' is not a list of resources.")
    return {variable_of(fields.text(resource, "name")): _secret(resource) for resource in resources}


def variable_of(name: str) -> str:
    """ "db-password" is the variable DB_PASSWORD."""
    return re.sub(r"[-. ]", "_", name).upper()


def _secret(resource: Mapping[str, Any]) -> SecretReference:
    secret = resource.get("secret")
    if not isinstance(secret, dict):
        kinds = sorted(set(resource) - {"name", "description"})
        raise Invalid(
            f"Slipway's apps have no resources of the kind {', '.join(kinds)[:80] or 'nothing'}.",
            "They have secrets: give scope and key.",
        )
    if (fields.optional_text(secret, "permission") or "READ") != "READ":
        raise Invalid("An app reads the secrets it is given, and no more.", 'Ask for the permission "READ".')
    return SecretReference(fields.text(secret, "scope"), fields.text(secret, "key"))
