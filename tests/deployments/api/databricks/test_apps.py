import tarfile
from typing import Any

import pytest
from django.utils import timezone

from deployments import layout
from deployments.api import dialect_states
from deployments.api.databricks_apps import statuses
from deployments.models import (
    Access,
    App,
    AppState,
    Bundle,
    Cause,
    Deployment,
    DesiredState,
    EventKind,
    Instance,
    InstanceState,
    State,
)
from deployments.models.requested_settings import RequestedSettings
from deployments.operations import access, deployments, env_vars, pending_changes
from deployments.operations.apps import delete as delete_app
from tests.deployments.api.clients import Client
from tests.workspaces.api.databricks.dialect import error
from tests.world import World
from workspaces.models import AuditEvent
from workspaces.operations import groups, secret_scopes, secrets

APPS = "/api/2.0/apps"
PERMISSIONS = "/api/2.0/permissions/apps/hello"


@pytest.fixture
def app(alice: Client, world: World) -> App:
    answer = alice.post(APPS, {"name": "hello"})
    assert answer.status_code == 200, answer.content
    return App.objects.get()


def deploy(client: Client, **body: Any) -> Any:
    return client.post(f"{APPS}/hello/deployments", body)


def serve(app: App, deployment: Deployment) -> None:
    """As the controller leaves them once the app answers."""
    for state in (State.BUILDING, State.STARTING, State.ACTIVE):
        deployment.move(state)
    App.objects.filter(pk=app.pk).update(active_deployment=deployment)
    deployment.instances.create(workspace=app.workspace, state=InstanceState.HEALTHY)


def states(client: Client) -> tuple[str, str]:
    told = client.get(f"{APPS}/hello").json()
    return told["compute_status"]["state"], told["app_status"]["state"]


@pytest.fixture
def secret(world: World) -> None:
    scope = secret_scopes.create(world.alice, name="prod")
    secrets.put(world.alice, scope, key="db-password", value=b"horse", now=timezone.now())


class TestCreate:
    def test_answers_with_an_app_that_waits_for_source(self, alice: Client, app: App) -> None:
        told = alice.get(f"{APPS}/hello").json()

        assert told["name"] == "hello"
        assert told["url"] == app.url
        assert told["id"] == str(app.uuid)
        assert told["create_time"].endswith("Z")
        assert told["compute_status"]["state"] == "ACTIVE"
        assert told["app_status"]["state"] == "UNAVAILABLE"
        assert {"active_deployment", "pending_deployment", "default_source_code_path"} & told.keys() == set()

    def test_leaves_it_stopped_without_compute(self, alice: Client) -> None:
        answer = alice.post(f"{APPS}?no_compute=true", {"name": "hello"})

        assert answer.json()["compute_status"]["state"] == "STOPPED"
        assert App.objects.get().desired_state == DesiredState.STOPPED

    def test_takes_description_and_instances(self, alice: Client) -> None:
        body = {"name": "hello", "description": "Says it", "compute_min_instances": 1, "compute_max_instances": 3}

        told = alice.post(APPS, body | {"compute_size": "LARGE", "something_new": 1}).json()

        assert (told["description"], told["compute_min_instances"], told["compute_max_instances"]) == ("Says it", 3, 3)

    def test_refuses_a_name_that_is_taken(self, alice: Client, app: App) -> None:
        assert error(alice.post(APPS, {"name": "hello"})) == (409, "RESOURCE_ALREADY_EXISTS")

    @pytest.mark.parametrize(
        "body",
        [
            {}, {"name": "No Label"}, {"name": "new"}, {"name": "x", "compute_min_instances": 1},
            {"name": "x", "compute_min_instances": 3, "compute_max_instances": 2},
            {"name": "x", "compute_min_instances": 1, "compute_max_instances": 500},
            {"name": "x", "git_repository": {"url": "https://example.org"}},
            {"name": "x", "resources": [{"name": "w", "sql_warehouse": {"id": "1"}}]},
            {"name": "x", "resources": "?"}, {"name": "x", "description": 1},
        ],
    )  # fmt: skip
    def test_refuses_what_there_is_not_and_makes_nothing(self, alice: Client, body: dict[str, Any]) -> None:
        assert error(alice.post(APPS, body)) == (400, "INVALID_PARAMETER_VALUE")
        assert not App.objects.exists()

    def test_gives_it_secrets_as_resources(self, alice: Client, secret: None) -> None:
        resource = {"name": "db-password", "secret": {"scope": "prod", "key": "db-password", "permission": "READ"}}

        assert alice.post(APPS, {"name": "hello", "resources": [resource]}).status_code == 200

        (variable,) = App.objects.get().env_vars.all()
        assert (variable.name, str(variable.reference)) == ("DB_PASSWORD", "prod/db-password")

    def test_gives_no_secret_that_its_maker_cannot_read(self, bob: Client, secret: None) -> None:
        resource = {"name": "pw", "secret": {"scope": "prod", "key": "db-password"}}

        assert error(bob.post(APPS, {"name": "hello", "resources": [resource]})) == (403, "PERMISSION_DENIED")
        assert not App.objects.exists()


class TestList:
    def test_goes_on_where_it_stopped(self, alice: Client) -> None:
        for name in ("b", "a", "c"):
            alice.post(APPS, {"name": name})

        first = alice.get(APPS, query_params={"page_size": "2"}).json()
        second = alice.get(APPS, query_params={"page_size": "2", "page_token": first["next_page_token"]}).json()

        assert [[app["name"] for app in page["apps"]] for page in (first, second)] == [["a", "b"], ["c"]]
        assert "next_page_token" not in second

    @pytest.mark.parametrize("query", [{"page_size": "x"}, {"page_size": "-1"}, {"page_token": "x"}])
    def test_refuses_what_it_never_gave(self, alice: Client, app: App, query: dict[str, str]) -> None:
        assert error(alice.get(APPS, query_params=query)) == (400, "INVALID_PARAMETER_VALUE")

    def test_takes_as_many_queries_for_many(
        self, alice: Client, folder: str, django_assert_max_num_queries: Any
    ) -> None:
        for name in ("a", "b", "c", "d"):
            alice.post(APPS, {"name": name})
            app = App.objects.get(name=name)
            alice.post(f"{APPS}/{name}/deployments", {"source_code_path": folder})
            serve(app, app.deployments.get())
            alice.post(f"{APPS}/{name}/deployments", {"source_code_path": folder})

        with django_assert_max_num_queries(10):
            assert len(alice.get(APPS).json()["apps"]) == 4

    def test_holds_the_workspaces_own(self, charlie: Client, app: App) -> None:
        assert charlie.get(APPS).json() == {"apps": []}


class TestChange:
    def test_leaves_alone_what_is_left_out(self, alice: Client, app: App) -> None:
        alice.patch(f"{APPS}/hello", {"name": "hello", "description": "First"})

        told = alice.patch(f"{APPS}/hello", {"compute_size": "MEDIUM"}).json()

        assert told["description"] == "First"

    def test_can_name_fields(self, alice: Client, app: App) -> None:
        body = {"app": {"description": "New", "compute_max_instances": 2}, "update_mask": "description"}

        told = alice.post(f"{APPS}/hello/update", body).json()

        assert (told["status"]["state"], told["description"]) == ("SUCCEEDED", "New")
        assert alice.get(f"{APPS}/hello/update").json()["status"]["state"] == "SUCCEEDED"
        assert App.objects.get().scaling == "standard"

    @pytest.mark.parametrize("body", [{}, {"app": {}}, {"update_mask": "description"}, {"app": 1, "update_mask": "*"}])
    def test_wants_an_app_and_fields(self, alice: Client, app: App, body: dict[str, Any]) -> None:
        assert error(alice.post(f"{APPS}/hello/update", body)) == (400, "INVALID_PARAMETER_VALUE")


class TestStates:
    def test_are_known_of_every_one_of_ours(self) -> None:
        assert dialect_states.DATABRICKS_APP.keys() == set(AppState)
        assert dialect_states.DATABRICKS_DEPLOYMENT.keys() == set(State)
        assert statuses.APP.keys() == set(AppState)
        assert {compute for compute, _ in dialect_states.DATABRICKS_APP.values()} <= statuses.COMPUTE.keys()

    def test_never_say_cancelled_which_clients_wait_out(self) -> None:
        assert "CANCELLED" not in dialect_states.DATABRICKS_DEPLOYMENT.values()

    def test_follow_the_app(self, alice: Client, app: App, folder: str) -> None:
        deploy(alice, source_code_path=folder)
        assert states(alice) == ("ACTIVE", "DEPLOYING")

        serve(app, app.deployments.get())
        assert states(alice) == ("ACTIVE", "RUNNING")

        alice.post(f"{APPS}/hello/stop", {})
        assert states(alice) == ("STOPPING", "UNAVAILABLE")

        Instance.objects.update(state=InstanceState.STOPPED)
        assert states(alice) == ("STOPPED", "UNAVAILABLE")

        # Clients that wait give up when the first answer is still STOPPED.
        told = alice.post(f"{APPS}/hello/start", {}).json()
        assert told["compute_status"]["state"] == "STARTING"

        Instance.objects.update(state=InstanceState.CRASHED)
        assert states(alice) == ("ACTIVE", "CRASHED")

    def test_let_an_empty_app_be_started(self, alice: Client) -> None:
        alice.post(f"{APPS}?no_compute=true", {"name": "hello"})

        assert alice.post(f"{APPS}/hello/start", {}).json()["compute_status"]["state"] == "ACTIVE"


class TestDelete:
    def test_answers_with_the_app_once_more(self, alice: Client, app: App) -> None:
        told = alice.delete(f"{APPS}/hello")

        assert (told.status_code, told.json()["compute_status"]["state"]) == (200, "DELETING")
        assert error(alice.get(f"{APPS}/hello")) == (404, "RESOURCE_DOES_NOT_EXIST")
        assert error(alice.delete(f"{APPS}/hello")) == (404, "RESOURCE_DOES_NOT_EXIST")


class TestStrangers:
    @pytest.mark.parametrize("end", ["", "/update", "/deployments", "/deployments/0"])
    def test_find_no_app(self, charlie: Client, app: App, end: str) -> None:
        assert error(charlie.get(f"{APPS}/hello{end}")) == (404, "RESOURCE_DOES_NOT_EXIST")

    @pytest.mark.parametrize("end", ["/start", "/stop", "/deployments", "/update"])
    def test_change_no_app(self, charlie: Client, app: App, end: str) -> None:
        assert error(charlie.post(f"{APPS}/hello{end}", {})) == (404, "RESOURCE_DOES_NOT_EXIST")

    def test_find_no_permissions(self, charlie: Client, app: App) -> None:
        assert error(charlie.get(PERMISSIONS)) == (404, "RESOURCE_DOES_NOT_EXIST")


class TestDeploy:
    def test_requests_the_folder_as_it_is_now(self, alice: Client, app: App, folder: str, world: World) -> None:
        told = deploy(alice, source_code_path=folder, mode="SNAPSHOT")

        assert told.status_code == 200, told.content
        deployment = app.deployments.get()
        assert told.json() == {
            "deployment_id": deployment.uuid.hex,
            "source_code_path": folder,
            "deployment_artifacts": {"source_code_path": folder},
            "mode": "SNAPSHOT",
            "status": {"state": "IN_PROGRESS", "message": "Waiting for its build to begin."},
            "creator": "alice@example.org",
            "create_time": told.json()["create_time"],
            "update_time": told.json()["update_time"],
        }
        assert alice.get(f"{APPS}/hello").json()["pending_deployment"] == told.json()
        assert AuditEvent.objects.filter(verb="requested", object_type="deployment").count() == 1

    def test_makes_one_bundle_of_an_equal_folder(self, alice: Client, app: App, folder: str) -> None:
        deploy(alice, source_code_path=folder)
        deploy(alice, source_code_path=folder.removeprefix("/Workspace"))

        assert Bundle.objects.count() == 1

    def test_takes_the_folder_of_last_time(self, alice: Client, app: App, folder: str) -> None:
        assert error(deploy(alice)) == (400, "INVALID_PARAMETER_VALUE")
        deploy(alice, source_code_path=folder)

        assert deploy(alice).json()["source_code_path"] == folder
        assert alice.get(f"{APPS}/hello").json()["default_source_code_path"] == folder

    def test_starts_a_stopped_app(self, alice: Client, folder: str) -> None:
        alice.post(f"{APPS}?no_compute=true", {"name": "hello"})

        deploy(alice, source_code_path=folder)

        assert App.objects.get().desired_state == DesiredState.RUNNING

    def test_fails_the_one_that_gives_way(self, alice: Client, app: App, folder: str) -> None:
        first = deploy(alice, source_code_path=folder).json()["deployment_id"]
        deploy(alice, source_code_path=folder)

        status = alice.get(f"{APPS}/hello/deployments/{first}").json()["status"]

        assert status == {"state": "FAILED", "message": "Superseded by deployment 2."}

    def test_says_what_failed_and_what_helps(self, alice: Client, app: App, folder: str) -> None:
        number = deploy(alice, source_code_path=folder).json()["deployment_id"]
        app.deployments.get().move(State.FAILED, failure_message="No six.", failure_hint="Add it.")

        status = alice.get(f"{APPS}/hello/deployments/{number}").json()["status"]

        assert status == {"state": "FAILED", "message": "No six. Add it."}

    def test_says_which_step_it_is_at(self, alice: Client, app: App, folder: str) -> None:
        number = deploy(alice, source_code_path=folder).json()["deployment_id"]
        deployment = app.deployments.get()
        deployment.move(State.BUILDING)
        deployment.note(EventKind.STEP_STARTED, "lock")

        status = alice.get(f"{APPS}/hello/deployments/{number}").json()["status"]

        assert status == {"state": "IN_PROGRESS", "message": "Building: resolving packages."}

    def test_takes_command_variables_and_check_for_this_once(
        self, alice: Client, app: App, folder: str, secret: None, world: World
    ) -> None:
        env_vars.change(world.alice, app, {"LEVEL": "info", "KEPT": "yes"})
        variables = [{"name": "LEVEL", "value": "debug"}, {"name": "PASSWORD", "value_from": "prod/db-password"}]

        told = deploy(
            alice, source_code_path=folder, command=["python", "app.py"], env_vars=variables,
            health_check={"path": "/health", "timeout": "90s"},
        ).json()  # fmt: skip

        assert told["command"] == ["python", "app.py"]
        assert told["env_vars"] == [{"name": "LEVEL"}, {"name": "PASSWORD"}]
        requested = RequestedSettings.from_json(app.deployments.get().settings)
        assert requested.env == {"LEVEL": "debug", "KEPT": "yes"}
        assert str(requested.secrets["PASSWORD"]) == "prod/db-password"
        assert (requested.readiness_path, requested.start_timeout_s) == ("/health", 90.0)
        serve(app, app.deployments.get())
        assert not pending_changes.of(App.objects.get())

    def test_takes_a_resource_of_the_app_for_a_variable(
        self, alice: Client, app: App, folder: str, secret: None
    ) -> None:
        resource = {"name": "db-password", "secret": {"scope": "prod", "key": "db-password"}}
        assert alice.patch(f"{APPS}/hello", {"resources": [resource]}).status_code == 200

        deploy(alice, source_code_path=folder, env_vars=[{"name": "PGPASSWORD", "value_from": "db-password"}])

        requested = RequestedSettings.from_json(app.deployments.get().settings)
        assert str(requested.secrets["PGPASSWORD"]) == "prod/db-password"

    def test_gives_no_secret_that_one_cannot_read(self, bob: Client, app: App, secret: None, world: World) -> None:
        bob.post("/api/2.0/workspace/mkdirs", {"path": "/Users/bob@example.org/x"})
        body = {"path": "/Users/bob@example.org/x/app.py", "format": "RAW", "content": ""}
        assert bob.post("/api/2.0/workspace/import", body).status_code == 200

        answer = deploy(
            bob, source_code_path="/Users/bob@example.org/x", env_vars=[{"name": "P", "value_from": "prod/db-password"}]
        )

        assert error(answer) == (403, "PERMISSION_DENIED")
        assert not Deployment.objects.exists()

    @pytest.mark.parametrize(
        "body",
        [
            {"git_source": {"branch": "main"}}, {"mode": "AUTO_SYNC"}, {"mode": "OTHER"}, {"command": "python app.py"},
            {"env_vars": [{"name": "X"}]}, {"env_vars": [{"name": "X", "value_from": "none"}]},
            {"env_vars": [{"name": "PORT", "value": "1"}]}, {"env_vars": "X=1"}, {"health_check": {"timeout": "soon"}},
            {"health_check": {"path": "health"}}, {"health_check": 1},
        ],
    )  # fmt: skip
    def test_refuses_what_cannot_be(self, alice: Client, app: App, folder: str, body: dict[str, Any]) -> None:
        assert error(deploy(alice, source_code_path=folder, **body)) == (400, "INVALID_PARAMETER_VALUE")
        assert not Deployment.objects.exists()

    def test_refuses_a_file_and_an_empty_folder(self, alice: Client, app: App, folder: str) -> None:
        alice.post("/api/2.0/workspace/mkdirs", {"path": f"{folder}/empty"})

        assert error(deploy(alice, source_code_path=f"{folder}/app.py")) == (400, "INVALID_PARAMETER_VALUE")
        assert error(deploy(alice, source_code_path=f"{folder}/empty")) == (400, "INVALID_STATE")
        assert error(deploy(alice, source_code_path=f"{folder}/none")) == (404, "RESOURCE_DOES_NOT_EXIST")

    def test_takes_nothing_from_the_folders_of_others(self, bob: Client, app: App, folder: str) -> None:
        assert error(deploy(bob, source_code_path=folder)) == (404, "RESOURCE_DOES_NOT_EXIST")

    def test_lists_the_newest_first_and_no_drafts(self, alice: Client, app: App, folder: str, world: World) -> None:
        ids = [deploy(alice, source_code_path=folder).json()["deployment_id"] for _ in range(3)]
        deployments.request(world.alice, app, bundle=Bundle.objects.get(), cause=Cause.REDEPLOY, draft=True)

        first = alice.get(f"{APPS}/hello/deployments", query_params={"page_size": "2"}).json()
        token = first["next_page_token"]
        second = alice.get(f"{APPS}/hello/deployments", query_params={"page_token": token}).json()

        told = [*first["app_deployments"], *second["app_deployments"]]
        assert [one["deployment_id"] for one in told] == ids[::-1]

    @pytest.mark.parametrize("word", ["1", "0" * 32, "x" * 5000, "%00"])
    def test_finds_no_unknown_one(self, alice: Client, app: App, word: str) -> None:
        assert error(alice.get(f"{APPS}/hello/deployments/{word}")) == (404, "RESOURCE_DOES_NOT_EXIST")


class TestPermissions:
    def lines(self, answer: Any) -> set[tuple[str, str]]:
        assert answer.status_code == 200, answer.content
        return {
            (line.get("user_name") or line["group_name"], level["permission_level"])
            for line in answer.json()["access_control_list"]
            for level in line["all_permissions"]
        }

    OWN = {("alice@example.org", "CAN_MANAGE"), ("admins", "CAN_MANAGE")}

    def test_tell_who_may_use_it(self, alice: Client, app: App) -> None:
        answer = alice.get(PERMISSIONS)

        assert (answer.json()["object_id"], answer.json()["object_type"]) == ("/apps/hello", "apps")
        assert self.lines(answer) == {*self.OWN, ("users", "CAN_USE")}

    def test_are_replaced(self, alice: Client, app: App, world: World) -> None:
        groups.create(world.alice, name="data")
        entries = [
            {"user_name": "bob@example.org", "permission_level": "CAN_USE"},
            {"group_name": "data", "permission_level": "CAN_MANAGE"},
            {"user_name": "alice@example.org", "permission_level": "CAN_MANAGE"},
        ]

        told = alice.ask("PUT", PERMISSIONS, {"access_control_list": entries})

        assert self.lines(told) == {*self.OWN, ("bob@example.org", "CAN_USE"), ("data", "CAN_USE")}
        assert access.get(world.alice, App.objects.get()).access == Access.CHOSEN

    def test_are_added_to(self, alice: Client, app: App) -> None:
        alice.ask("PUT", PERMISSIONS, {"access_control_list": []})
        entry = {"user_name": "bob@example.org", "permission_level": "CAN_USE"}

        told = alice.patch(PERMISSIONS, {"access_control_list": [entry]})

        assert self.lines(told) == {*self.OWN, ("bob@example.org", "CAN_USE")}

    def test_take_nothing_from_all_members_when_added_to(self, alice: Client, app: App) -> None:
        entry = {"user_name": "bob@example.org", "permission_level": "CAN_USE"}

        told = alice.patch(PERMISSIONS, {"access_control_list": [entry]})

        assert self.lines(told) == {*self.OWN, ("users", "CAN_USE")}

    @pytest.mark.parametrize(
        "entry",
        [
            {"user_name": "charlie@example.org", "permission_level": "CAN_USE"},
            {"group_name": "none", "permission_level": "CAN_USE"}, {"permission_level": "CAN_USE"},
            {"group_name": "users", "permission_level": "IS_OWNER"}, {"group_name": "users"}, 1,
        ],
    )  # fmt: skip
    def test_refuse_strangers_and_other_levels(self, alice: Client, app: App, entry: Any) -> None:
        answer = alice.ask("PUT", PERMISSIONS, {"access_control_list": [entry]})

        assert error(answer) == (400, "INVALID_PARAMETER_VALUE")

    def test_have_levels(self, alice: Client, app: App) -> None:
        levels = alice.get(f"{PERMISSIONS}/permissionLevels").json()["permission_levels"]

        assert [level["permission_level"] for level in levels] == ["CAN_USE", "CAN_MANAGE"]


class TestSnapshot:
    def test_names_notebooks_as_files(self, alice: Client, app: App, folder: str) -> None:
        body = {"path": f"{folder}/other", "language": "PYTHON", "format": "SOURCE", "content": ""}
        alice.post("/api/2.0/workspace/import", body)
        assert deploy(alice, source_code_path=folder).status_code == 200

        with tarfile.open(layout.archive(Bundle.objects.get())) as archive:
            assert sorted(archive.getnames()) == ["app.py", "other.py"]

    def test_refuses_a_notebook_beside_a_file_of_its_name(self, alice: Client, app: App, folder: str) -> None:
        body = {"path": f"{folder}/app", "language": "PYTHON", "format": "SOURCE", "content": ""}
        alice.post("/api/2.0/workspace/import", body)

        answer = deploy(alice, source_code_path=folder)

        assert error(answer) == (400, "INVALID_STATE")
        assert "app.py twice" in answer.json()["message"]


def test_deleted_apps_are_gone(alice: Client, app: App, world: World) -> None:
    delete_app(world.alice, app, now=timezone.now())

    assert alice.get(APPS).json() == {"apps": []}
