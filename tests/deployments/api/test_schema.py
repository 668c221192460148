"""The schema is right, and what it allows never breaks us."""

from typing import Any

import pytest
import schemathesis
from django.core.management import call_command
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from deployments.following import clock
from deployments.operations import deployments
from tests.deployments.api.live import LiveServer
from tests.world import World
from workspaces.models import Group, ScopePermission, User
from workspaces.operations import groups, scope_acls, secret_scopes, secrets

FEW = settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
BOB, WRITERS = (f"00000000-0000-4000-8000-00000000000{number}" for number in (1, 2))
CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance, status_code_conformance]


class TestTheSchema:
    def test_is_valid_without_warnings(self, tmp_path: Any) -> None:
        call_command("spectacular", "--validate", "--fail-on-warn", file=str(tmp_path / "schema.yaml"))

        assert "/api/v1/apps/{name}/deployments/{number}/log:" in (tmp_path / "schema.yaml").read_text()


@pytest.fixture
def schema(server: LiveServer, world: World, monkeypatch: pytest.MonkeyPatch) -> Any:
    """As it is served, with Alice's token for every request."""
    monkeypatch.setattr(clock, "LONGEST_S", 0.1)
    deployments.request(world.alice, world.app("hello"), bundle=world.bundle())
    scope = secret_scopes.create(world.alice, name="hello")
    secrets.put(world.alice, scope, key="password", value=b"horse", now=timezone.now())
    scope_acls.put(world.alice, scope, grantee="users", permission=ScopePermission.READ)
    User.objects.filter(pk=world.bob.user.pk).update(uuid=BOB)
    group = groups.create(world.alice, name="writers")
    Group.objects.filter(pk=group.pk).update(uuid=WRITERS)
    schema = schemathesis.openapi.from_url(f"{server.url}/api/v1/schema?format=json")
    schema.config.update(headers={"Authorization": f"Bearer {world.token(world.alice)}"})
    return schema


@FEW
@given(data=st.data())
def test_is_kept(schema: Any, data: st.DataObject) -> None:
    for operation in schema.get_all_operations():
        case = data.draw(operation.ok().as_strategy())
        case.call_and_validate(checks=CHECKS)
        # Few names that hypothesis thinks of exist.
        if case.path_parameters and case.method != "DELETE":
            known = {
                "name": "hello",
                "number": 1,
                "key": "password",
                "grantee": "users",
                "member": BOB,
                "group": WRITERS,
            }
            case.path_parameters |= {name: known[name] for name in case.path_parameters if name in known}
            case.call_and_validate(checks=CHECKS)
