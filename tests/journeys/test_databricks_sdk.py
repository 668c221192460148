"""The unmodified databricks-sdk against a whole platform."""

import base64
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.config import Config
from databricks.sdk.errors import (
    BadRequest,
    InvalidParameterValue,
    InvalidState,
    NotFound,
    PermissionDenied,
    ResourceAlreadyExists,
    ResourceDoesNotExist,
    Unauthenticated,
)
from databricks.sdk.service.workspace import AclItem, AclPermission, ScopeBackendType

from tests.journeys.databricks import RETRY_S, client_of, no_settings_of_mine  # noqa: F401 (a fixture)
from tests.journeys.people import add_member
from tests.journeys.platform import Platform

MEMBER = "sdk-member@example.org"


@pytest.fixture(scope="module")
def admin(platform: Platform) -> WorkspaceClient:
    return client_of(platform, platform.credentials["token"])


@pytest.fixture(scope="module")
def member(platform: Platform) -> WorkspaceClient:
    return client_of(platform, add_member(platform, MEMBER))


@pytest.fixture
def scope(admin: WorkspaceClient) -> Iterator[str]:
    """A scope of the admin's with one secret, gone afterwards."""
    admin.secrets.create_scope("sdk")
    admin.secrets.put_secret("sdk", "password", string_value="hunter2")
    yield "sdk"
    if any(one.name == "sdk" for one in admin.secrets.list_scopes()):
        admin.secrets.delete_scope("sdk")


def bits(value: bytes) -> str:
    return base64.b64encode(value).decode()


class TestScopes:
    def test_are_made_listed_and_deleted(self, admin: WorkspaceClient) -> None:
        admin.secrets.create_scope("made", scope_backend_type=ScopeBackendType.DATABRICKS)

        (found,) = (one for one in admin.secrets.list_scopes() if one.name == "made")
        assert found.backend_type == ScopeBackendType.DATABRICKS

        admin.secrets.delete_scope("made")
        assert "made" not in [one.name for one in admin.secrets.list_scopes()]

    def test_can_be_everybodys_to_manage(self, admin: WorkspaceClient, member: WorkspaceClient) -> None:
        admin.secrets.create_scope("everybodys", initial_manage_principal="users")

        member.secrets.put_secret("everybodys", "k", string_value="from a member")
        member.secrets.delete_scope("everybodys")


class TestSecrets:
    def test_come_back_as_they_were_put(self, admin: WorkspaceClient, scope: str) -> None:
        admin.secrets.put_secret(scope, "text", string_value="Füße\n")
        admin.secrets.put_secret(scope, "bytes", bytes_value=bits(b"\x00\xff"))

        assert admin.secrets.get_secret(scope, "text").value == bits("Füße\n".encode())
        assert admin.secrets.get_secret(scope, "bytes").value == bits(b"\x00\xff")

    def test_are_replaced_listed_and_deleted(self, admin: WorkspaceClient, scope: str) -> None:
        admin.secrets.put_secret(scope, "password", string_value="hunter3")
        admin.secrets.put_secret(scope, "other", string_value="")

        listed = {one.key: one.last_updated_timestamp for one in admin.secrets.list_secrets(scope)}
        admin.secrets.delete_secret(scope, "other")

        assert listed.keys() == {"password", "other"}
        changed_at = datetime.fromtimestamp((listed["password"] or 0) / 1000, UTC)
        assert abs((datetime.now(UTC) - changed_at).total_seconds()) < 600
        assert [one.key for one in admin.secrets.list_secrets(scope)] == ["password"]
        assert admin.secrets.get_secret(scope, "password").value == bits(b"hunter3")


class TestAcls:
    def test_are_put_overwritten_listed_and_deleted(self, admin: WorkspaceClient, scope: str) -> None:
        me = str(admin.current_user.me().user_name)
        admin.secrets.put_acl(scope, "users", AclPermission.WRITE)
        admin.secrets.put_acl(scope, "users", AclPermission.READ)
        admin.secrets.put_acl(scope, MEMBER, AclPermission.MANAGE)

        assert list(admin.secrets.list_acls(scope)) == [
            AclItem(me, AclPermission.MANAGE),
            AclItem("users", AclPermission.READ),
            AclItem(MEMBER, AclPermission.MANAGE),
        ]
        assert admin.secrets.get_acl(scope, MEMBER) == AclItem(MEMBER, AclPermission.MANAGE)

        admin.secrets.delete_acl(scope, "users")
        assert [acl.principal for acl in admin.secrets.list_acls(scope)] == [me, MEMBER]

    def test_open_the_scope_step_by_step(self, admin: WorkspaceClient, member: WorkspaceClient, scope: str) -> None:
        with pytest.raises(PermissionDenied):
            member.secrets.get_secret(scope, "password")

        admin.secrets.put_acl(scope, MEMBER, AclPermission.READ)
        assert member.secrets.get_secret(scope, "password").value == bits(b"hunter2")
        with pytest.raises(PermissionDenied):
            member.secrets.put_secret(scope, "password", string_value="mine")

        admin.secrets.put_acl(scope, MEMBER, AclPermission.WRITE)
        member.secrets.put_secret(scope, "password", string_value="mine")
        with pytest.raises(PermissionDenied):
            list(member.secrets.list_acls(scope))

        admin.secrets.put_acl(scope, MEMBER, AclPermission.MANAGE)
        member.secrets.delete_scope(scope)


class TestDbutils:
    def test_reads_and_lists(self, admin: WorkspaceClient, scope: str) -> None:
        secrets = admin.dbutils.secrets
        admin.secrets.put_secret(scope, "bytes", bytes_value=bits(b"\x00\xff"))

        assert secrets.get(scope, "password") == "hunter2"
        assert secrets.getBytes(scope, "bytes") == b"\x00\xff"
        assert [one.key for one in secrets.list(scope)] == ["bytes", "password"]
        assert scope in [one.name for one in secrets.listScopes()]

    def test_names_what_is_missing(self, admin: WorkspaceClient, scope: str) -> None:
        with pytest.raises(ResourceDoesNotExist, match="no key 'none'"):
            admin.dbutils.secrets.get(scope, "none")


class TestDefaultPackageRepositories:
    """The commands of the documentation, call for call."""

    NAME = "databricks-package-management"

    def test_are_set_up_changed_and_removed(self, admin: WorkspaceClient, member: WorkspaceClient) -> None:
        values = {
            "pip-index-url": "https://user:token@index.example.org/simple",
            "pip-extra-index-urls": "https://one.example.org/simple https://two.example.org/simple",
            "pip-cert": "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
        }
        admin.secrets.create_scope(self.NAME)
        admin.secrets.put_acl(self.NAME, "admins", AclPermission.MANAGE)
        admin.secrets.put_acl(self.NAME, "users", AclPermission.READ)
        for key, value in values.items():
            admin.secrets.put_secret(self.NAME, key, string_value=value)

        assert {key: member.dbutils.secrets.get(self.NAME, key) for key in values} == values
        with pytest.raises(PermissionDenied):
            member.secrets.put_secret(self.NAME, "pip-index-url", string_value="https://evil.example.org")

        for key in values:
            admin.secrets.delete_secret(self.NAME, key)
        admin.secrets.delete_scope(self.NAME)
        with pytest.raises(ResourceDoesNotExist):
            list(member.secrets.list_secrets(self.NAME))


class TestErrors:
    def test_of_a_taken_name(self, admin: WorkspaceClient, scope: str) -> None:
        with pytest.raises(ResourceAlreadyExists, match="already exists"):
            admin.secrets.create_scope("SDK")

    @pytest.mark.parametrize("name", ["", "a b", "x" * 129])
    def test_of_a_bad_name(self, admin: WorkspaceClient, name: str) -> None:
        with pytest.raises(InvalidParameterValue):
            admin.secrets.create_scope(name)

    def test_of_a_value_too_large(self, admin: WorkspaceClient, scope: str) -> None:
        with pytest.raises(InvalidParameterValue, match="131,072"):
            admin.secrets.put_secret(scope, "large", string_value="x" * (128 * 1024 + 1))

    def test_of_both_values_and_of_neither(self, admin: WorkspaceClient, scope: str) -> None:
        with pytest.raises(InvalidParameterValue, match="both"):
            admin.secrets.put_secret(scope, "k", string_value="v", bytes_value=bits(b"v"))
        with pytest.raises(InvalidParameterValue, match="neither"):
            admin.secrets.put_secret(scope, "k")

    def test_of_somebody_unknown(self, admin: WorkspaceClient, scope: str) -> None:
        with pytest.raises(InvalidParameterValue, match=r"nobody@example\.org"):
            admin.secrets.put_acl(scope, "nobody@example.org", AclPermission.READ)

    def test_of_the_last_manager(self, admin: WorkspaceClient, scope: str) -> None:
        with pytest.raises(InvalidState, match="last MANAGE"):
            admin.secrets.delete_acl(scope, str(admin.current_user.me().user_name))

    def test_of_whatever_does_not_exist(self, admin: WorkspaceClient, scope: str) -> None:
        with pytest.raises(ResourceDoesNotExist):
            admin.secrets.delete_scope("none")
        with pytest.raises(ResourceDoesNotExist):
            list(admin.secrets.list_secrets("none"))
        with pytest.raises(ResourceDoesNotExist):
            admin.secrets.delete_secret(scope, "none")
        with pytest.raises(ResourceDoesNotExist):
            admin.secrets.get_acl(scope, "users")
        with pytest.raises(ResourceDoesNotExist):
            admin.secrets.delete_acl(scope, "users")

    def test_of_a_wrong_token(self, platform: Platform) -> None:
        with pytest.raises(Unauthenticated):
            list(client_of(platform, "dapi0123456789").secrets.list_scopes())

    def test_of_an_api_that_slipway_has_not(self, admin: WorkspaceClient) -> None:
        with pytest.raises(NotFound, match=r"no API for 'GET /api/2\.1/clusters/list'") as raised:
            list(admin.clusters.list())

        assert raised.value.error_code == "ENDPOINT_NOT_FOUND"


class TestStart:
    def test_is_told_about_the_host_without_a_warning(
        self, platform: Platform, caplog: pytest.LogCaptureFixture
    ) -> None:
        config = client_of(platform, platform.credentials["token"]).config

        assert config.workspace_id is None
        assert "host metadata" not in caplog.text

    def test_with_a_client_id_says_what_to_use_instead(self, platform: Platform) -> None:
        with pytest.raises(ValueError, match="Slipway offers no OAuth"):
            Config(
                host=f"http://127.0.0.1:{platform.port}", client_id="id", client_secret="secret",
                retry_timeout_seconds=RETRY_S,
            )  # fmt: skip

    def test_for_another_workspace_is_stopped(self, platform: Platform) -> None:
        config = Config(
            host=f"http://127.0.0.1:{platform.port}", token=platform.credentials["token"], workspace_id="987654",
            retry_timeout_seconds=RETRY_S,
        )  # fmt: skip

        with pytest.raises(InvalidParameterValue, match="names another"):
            list(WorkspaceClient(config=config).secrets.list_scopes())


class TestIdentity:
    def test_knows_me_and_my_workspace(self, platform: Platform, admin: WorkspaceClient) -> None:
        me = admin.current_user.me()

        assert me.user_name == platform.credentials["username"]
        assert {group.display for group in me.groups or []} == {"admins", "users"}
        assert admin.get_workspace_id() > 0

    def test_lists_people_and_ends(self, admin: WorkspaceClient, member: WorkspaceClient) -> None:
        me = admin.current_user.me()

        assert {me.user_name, MEMBER} <= {user.user_name for user in member.users.list()}
        (found,) = member.users.list(filter=f'userName eq "{MEMBER}"', count=1)
        assert member.users.get(str(found.id)).user_name == MEMBER
        assert list(member.users.list(filter='userName eq "nobody@example.org"')) == []

    def test_lists_groups_and_ends(self, admin: WorkspaceClient) -> None:
        names = [group.display_name for group in admin.groups.list(count=1)]

        assert names[:2] == ["admins", "users"]
        (admins,) = admin.groups.list(filter='displayName eq "admins"')
        assert admin.groups.get(str(admins.id)).members == admins.members

    def test_hears_of_a_bad_filter_and_of_nobody(self, admin: WorkspaceClient) -> None:
        with pytest.raises(BadRequest, match="invalidFilter"):
            list(admin.users.list(filter="nonsense"))
        with pytest.raises(NotFound, match=r"^There is no user"):
            admin.users.get("987654")


class TestTokens:
    def test_are_made_listed_and_deleted(self, platform: Platform, member: WorkspaceClient) -> None:
        made = member.tokens.create(comment="CI", lifetime_seconds=3600)
        info = made.token_info
        assert info is not None
        assert info.token_id is not None

        other = client_of(platform, str(made.token_value))
        assert info in list(other.tokens.list())

        member.tokens.delete(info.token_id)
        with pytest.raises(Unauthenticated):
            list(other.tokens.list())
        with pytest.raises(ResourceDoesNotExist):
            member.tokens.delete(info.token_id)
