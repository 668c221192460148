"""Whatever a client sends, the answer is one of the dialect's own, never "this one is on us"."""

import pytest
from django.urls import URLPattern

from tests.deployments.api.clients import Client
from workspaces.api.databricks import urls

#: What neither a name, nor a number, nor a database takes.
ODD = [None, True, -1, 10**30, "", "a\0b", "..", "%", "\\", "é\u202e", "x" * 5000, [], {"a": ["b"]}]

LIST = ["filter", "startIndex", "count", "attributes", "excludedAttributes", "sortBy"]
#: What each address reads.
FIELDS = {
    "host-metadata": [],
    "create-scope": ["scope", "initial_manage_principal", "scope_backend_type", "backend_azure_keyvault"],
    "list-scopes": [],
    "delete-scope": ["scope"],
    "put-secret": ["scope", "key", "string_value", "bytes_value"],
    "get-secret": ["scope", "key"],
    "list-secrets": ["scope"],
    "delete-secret": ["scope", "key"],
    "put-acl": ["scope", "principal", "permission"],
    "get-acl": ["scope", "principal"],
    "list-acls": ["scope"],
    "delete-acl": ["scope", "principal"],
    "me": ["attributes"],
    "scim-users": LIST,
    "scim-user": ["attributes"],
    "scim-groups": LIST,
    "scim-group": ["attributes"],
    "create-group": ["group_name"],
    "list-groups": [],
    "delete-group": ["group_name"],
    "add-member": ["parent_name", "user_name", "group_name"],
    "remove-member": ["parent_name", "user_name", "group_name"],
    "list-members": ["group_name"],
    "list-parents": ["user_name", "group_name"],
    "create-token": ["comment", "lifetime_seconds"],
    "list-tokens": [],
    "delete-token": ["token_id"],
}
ADDRESSES = {
    one.name: (f"/{one.pattern}", one.callback.view_class)
    for one in urls.urlpatterns
    if isinstance(one, URLPattern) and hasattr(one.callback, "view_class")
}
CASES = [(name, field) for name, fields in FIELDS.items() for field in fields]


def test_names_every_address() -> None:
    assert FIELDS.keys() == ADDRESSES.keys()


@pytest.mark.parametrize(("name", "field"), CASES)
def test_is_told_to_whoever_sends_it(alice: Client, scope: str, name: str, field: str) -> None:
    address, view = ADDRESSES[name]
    usual = {"scope": scope, "key": "k", "principal": "users", "permission": "READ"}

    for odd in ODD:
        given = {**usual, field: odd}
        if hasattr(view, "post"):
            response = alice.post(address, given)
        else:
            response = alice.get(address.replace("<str:number>", "users"), query_params=_texts(given))

        assert response.status_code in {200, 400, 404}, (odd, response.content)
        assert response.status_code == 200 or {"error_code", "scimType"} & response.json().keys()


def _texts(given: dict[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in given.items()}
