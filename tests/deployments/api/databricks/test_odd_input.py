"""Whatever a client sends, the answer is one of the dialect's own, never "this one is on us"."""

from typing import Any

import pytest
from django.urls import URLPattern

from deployments.api.databricks_apps import urls as apps
from deployments.api.databricks_files import urls as files
from tests.deployments.api.clients import Client
from tests.workspaces.api.databricks.test_odd_input import ODD

PLACE = ["path"]
APP = ["name", "description", "resources", "compute_min_instances", "compute_max_instances", "git_repository"]
#: What each address reads.
FIELDS = {
    "mkdirs": PLACE,
    "list": PLACE,
    "get-status": PLACE,
    "import": ["path", "format", "language", "overwrite", "content"],
    "export": ["path", "format", "direct_download"],
    "delete": ["path", "recursive"],
    "import-file": [],
    "apps": APP,
    "app": APP,
    "update-app": ["app", "update_mask"],
    "start-app": [],
    "stop-app": [],
    "deployments": ["source_code_path", "mode", "command", "env_vars", "health_check", "git_source"],
    "deployment": [],
    "app-permissions": ["access_control_list"],
    "app-permission-levels": [],
}
ADDRESSES = {
    one.name: (f"/{one.pattern}", one.callback.view_class)
    for one in [*apps.urlpatterns, *files.urlpatterns]
    if isinstance(one, URLPattern)
}
CASES = [(name, field) for name, fields in FIELDS.items() for field in fields]


def test_names_every_address() -> None:
    assert FIELDS.keys() == ADDRESSES.keys()


@pytest.mark.parametrize(("name", "field"), CASES)
def test_is_told_to_whoever_sends_it(alice: Client, folder: str, name: str, field: str) -> None:
    address, view = ADDRESSES[name]
    address = address.replace("<str:name>", "hello")
    alice.post("/api/2.0/apps", {"name": "hello"})
    usual: dict[str, Any] = {"path": f"{folder}/app.py", "name": "hello", "source_code_path": folder, "app": {}}

    for odd in ODD:
        given = {**usual, field: odd}
        method = next(verb for verb in ("put", "patch", "post", "get") if hasattr(view, verb))
        if method == "get":
            response = alice.get(address, query_params={key: str(value) for key, value in given.items()})
        else:
            response = alice.ask(method, address, given)

        assert response.status_code in {200, 400, 403, 404, 409}, (odd, response.content)
        assert response.status_code == 200 or "error_code" in response.json()


@pytest.mark.parametrize("word", ["\0", "..", "é\u202e", "x" * 5000, "%2e%2e%2fetc"])
@pytest.mark.parametrize(
    "address",
    [
        "/api/2.0/apps/{}", "/api/2.0/apps/hello/deployments/{}", "/api/2.0/permissions/apps/{}",
        "/api/2.0/workspace-files/import-file/{}",
    ],
)  # fmt: skip
def test_is_told_to_whoever_asks_for_it(alice: Client, address: str, word: str) -> None:
    method = "post" if "import-file" in address else "get"

    response = alice.ask(method, address.format(word.replace("\0", "%00")), None)

    assert response.status_code in {400, 403, 404}, response.content
    assert "error_code" in response.json()
