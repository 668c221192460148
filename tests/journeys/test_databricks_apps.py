"""Apps deployed with the unmodified databricks-sdk, as Databricks' pages say, on a whole platform."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

import httpx
import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import NotFound, OperationFailed, ResourceAlreadyExists, ResourceDoesNotExist
from databricks.sdk.service.apps import (
    App,
    AppAccessControlRequest,
    AppDeployment,
    AppDeploymentMode,
    AppDeploymentState,
    ApplicationState,
    AppPermissionLevel,
    ComputeState,
    EnvVar,
)
from databricks.sdk.service.workspace import ImportFormat, ObjectType

from tests.journeys.databricks import client_of, no_settings_of_mine  # noqa: F401 (a fixture)
from tests.journeys.platform import Platform

NAME = "from-sdk"
APP = """
import http.server, os
class Hello(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(os.environ["GREETING"].encode())
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["DATABRICKS_APP_PORT"])), Hello).serve_forever()
"""
APP_YAML = """
command: ["python", "main.py"]
env: [{name: GREETING, value: "hello from a folder"}]
"""
PATIENCE = timedelta(seconds=120)


@pytest.fixture(scope="module")
def me(platform: Platform) -> WorkspaceClient:
    return client_of(platform, platform.credentials["token"])


@pytest.fixture(scope="module")
def folder(me: WorkspaceClient) -> Iterator[str]:
    """Of the signed-in user, as the pages for the SDK name it."""
    path = f"/Workspace/Users/{me.current_user.me().user_name}/{NAME}"
    yield path
    me.workspace.delete(path, recursive=True)


def upload(me: WorkspaceClient, folder: str, files: Mapping[str, str]) -> None:
    me.workspace.mkdirs(folder)
    for name, content in files.items():
        me.workspace.upload(f"{folder}/{name}", content.encode(), format=ImportFormat.AUTO, overwrite=True)


def deploy(me: WorkspaceClient, folder: str, env_vars: list[EnvVar] | None = None) -> AppDeployment:
    deployment = AppDeployment(source_code_path=folder, mode=AppDeploymentMode.SNAPSHOT, env_vars=env_vars)
    return me.apps.deploy_and_wait(NAME, deployment, timeout=PATIENCE)


def text_at(platform: Platform, app: App) -> str:
    """What the app says at its own address, to whoever has the token."""
    assert app.url
    headers = {"Host": httpx.URL(app.url).netloc.decode(), "Authorization": f"Bearer {platform.credentials['token']}"}
    return httpx.get(f"http://127.0.0.1:{platform.port}/", headers=headers, timeout=30).text


class TestApp:
    """One story in the order in which it is told here."""

    def test_is_uploaded_made_and_deployed(self, me: WorkspaceClient, platform: Platform, folder: str) -> None:
        upload(me, folder, {"main.py": APP, "app.yaml": APP_YAML})

        made = me.apps.create_and_wait(App(name=NAME, description="Says hello"), timeout=PATIENCE)
        assert made.compute_status is not None
        assert made.compute_status.state == ComputeState.ACTIVE
        done = deploy(me, folder)

        assert done.status is not None
        assert done.status.state == AppDeploymentState.SUCCEEDED
        assert done.source_code_path == folder
        app = me.apps.get(NAME)
        assert app.app_status is not None
        assert app.app_status.state == ApplicationState.RUNNING
        assert app.active_deployment is not None
        assert app.active_deployment.deployment_id == done.deployment_id
        assert app.description == "Says hello"
        assert text_at(platform, app) == "hello from a folder"

    def test_keeps_serving_when_a_broken_one_is_deployed(
        self, me: WorkspaceClient, platform: Platform, folder: str
    ) -> None:
        upload(me, folder, {"main.py": "import dotenv\n" + APP})

        with pytest.raises(OperationFailed, match="dotenv"):
            deploy(me, folder, [EnvVar(name="GREETING", value="hello from the repaired one")])

        failed = next(me.apps.list_deployments(NAME))
        assert failed.status is not None
        assert failed.status.state == AppDeploymentState.FAILED
        assert "python-dotenv" in (failed.status.message or "")
        assert text_at(platform, me.apps.get(NAME)) == "hello from a folder"

    def test_is_repaired_as_the_broken_one_was_asked_for(self, me: WorkspaceClient, platform: Platform) -> None:
        repaired = platform.wait(NAME, platform.api.post(f"/apps/{NAME}/deployments/2/fix").json()["number"])

        assert (repaired["state"], repaired["settings"]["own_variables"]) == ("active", ["GREETING"])
        assert text_at(platform, me.apps.get(NAME)) == "hello from the repaired one"
        assert "carried over from deployment 2: the variable GREETING." in platform.log(NAME, repaired["number"])

    def test_is_deployed_again_with_variables_of_its_own(
        self, me: WorkspaceClient, platform: Platform, folder: str
    ) -> None:
        upload(me, folder, {"main.py": APP})
        given = AppDeployment(source_code_path=folder, env_vars=[EnvVar(name="GREETING", value="hello once more")])
        done = me.apps.deploy_and_wait(NAME, given, timeout=PATIENCE)

        assert [variable.name for variable in done.env_vars or []] == ["GREETING"]
        assert text_at(platform, me.apps.get(NAME)) == "hello once more"

    def test_lists_its_deployments(self, me: WorkspaceClient) -> None:
        found = list(me.apps.list_deployments(NAME, page_size=2))

        states = [one.status.state for one in found if one.status]
        succeeded, failed = AppDeploymentState.SUCCEEDED, AppDeploymentState.FAILED
        assert states == [succeeded, succeeded, failed, succeeded]
        assert me.apps.get_deployment(NAME, found[0].deployment_id or "").deployment_id == found[0].deployment_id
        assert NAME in [app.name for app in me.apps.list(page_size=1)]

    def test_is_changed(self, me: WorkspaceClient) -> None:
        changed = me.apps.update(NAME, App(name=NAME, description="Says hello again"))

        assert changed.description == "Says hello again"
        with pytest.raises(ResourceAlreadyExists):
            me.apps.create(App(name=NAME))

    def test_lets_chosen_people_in(self, me: WorkspaceClient) -> None:
        chosen = AppAccessControlRequest(group_name="admins", permission_level=AppPermissionLevel.CAN_USE)

        me.apps.set_permissions(NAME, access_control_list=[chosen])

        told = me.apps.get_permissions(NAME).access_control_list or []
        assert "users" not in [line.group_name for line in told]
        assert me.apps.get_permission_levels(NAME).permission_levels

    def test_is_stopped_and_started(self, me: WorkspaceClient, platform: Platform) -> None:
        stopped = me.apps.stop_and_wait(NAME, timeout=PATIENCE)
        assert stopped.compute_status is not None
        assert stopped.compute_status.state == ComputeState.STOPPED

        started = me.apps.start_and_wait(NAME, timeout=PATIENCE)

        assert started.compute_status is not None
        assert started.compute_status.state == ComputeState.ACTIVE
        assert text_at(platform, started) == "hello once more"

    def test_is_deleted(self, me: WorkspaceClient) -> None:
        me.apps.delete(NAME)

        with pytest.raises(NotFound):
            me.apps.get(NAME)


class TestFiles:
    def test_come_back_as_they_were_put(self, me: WorkspaceClient, folder: str) -> None:
        upload(me, folder, {"größe.txt": "é"})
        me.workspace.upload(f"{folder}/etl.py", b"print(1)\n")

        with me.workspace.download(f"{folder}/größe.txt") as file:
            assert file.read() == "é".encode()
        with me.workspace.download(f"{folder}/etl.py") as file:
            assert file.read() == b"# Databricks notebook source\nprint(1)\n"
        found = {one.path: one.object_type for one in me.workspace.list(folder, recursive=True)}
        assert found[f"{folder}/größe.txt"] == ObjectType.FILE
        assert found[f"{folder}/etl.py"] == ObjectType.NOTEBOOK
        assert me.workspace.get_status(f"{folder}/größe.txt").size == 2

        me.workspace.delete(f"{folder}/etl.py")
        with pytest.raises(ResourceDoesNotExist):
            me.workspace.get_status(f"{folder}/etl.py")
