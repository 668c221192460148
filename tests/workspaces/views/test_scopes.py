import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.clients import signed_in
from tests.world import World
from workspaces.models import AuditEvent, ScopePermission, Secret, SecretScope
from workspaces.operations import scope_acls, secret_scopes, secrets

READ, WRITE, MANAGE = ScopePermission
SCOPES, PROD = "/w/acme/scopes", "/w/acme/scopes/prod"
VALUE = "correct-horse-battery"
#: Every page that writes, with a form that Alice's would be.
WRITES = {
    f"{PROD}/secrets": {"key": "new", "value": VALUE},
    f"{PROD}/secrets/password/delete": {},
    f"{PROD}/grants": {"grantee": "bob@example.org", "permission": "WRITE"},
    f"{PROD}/grants/delete": {"grantee": "users"},
    f"{PROD}/delete": {"name": "prod"},
}


@pytest.fixture
def alice(world: World) -> Client:
    return signed_in(world.alice.user)


@pytest.fixture
def bob(world: World) -> Client:
    return signed_in(world.bob.user)


@pytest.fixture
def scope(world: World) -> SecretScope:
    """Alice's, with one secret; the users may read it."""
    scope = secret_scopes.create(world.alice, name="prod")
    secrets.put(world.alice, scope, key="password", value=VALUE.encode(), now=timezone.now())
    scope_acls.put(world.alice, scope, grantee="users", permission=READ)
    return scope


def queries(client: Client, path: str) -> int:
    client.get(path)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


class TestScopeList:
    def test_makes_a_scope_and_leads_to_it(self, alice: Client, world: World) -> None:
        answer = alice.post(SCOPES, {"name": "prod"}, follow=True)

        assert answer.redirect_chain == [(PROD, 302)]
        assert scope_acls.effective(world.bob, SecretScope.objects.get()) is None

    def test_makes_a_scope_for_everybody(self, alice: Client, world: World) -> None:
        alice.post(SCOPES, {"name": "prod", "is_for_all": "on"})

        assert scope_acls.effective(world.bob, SecretScope.objects.get()) == MANAGE

    @pytest.mark.parametrize(
        ("name", "sentence"),
        [("", "Give the scope a name."), ("a b", "cannot be the name of a scope"), ("PROD", "already exists")],
    )
    def test_says_what_is_wrong_with_a_name(self, alice: Client, scope: SecretScope, name: str, sentence: str) -> None:
        answer = alice.post(SCOPES, {"name": name})

        assert answer.status_code == 400
        assert sentence in answer.content.decode()
        assert f'value="{name}"' in answer.content.decode() or not name

    def test_shows_what_one_may(self, bob: Client, world: World, scope: SecretScope) -> None:
        secret_scopes.create(world.alice, name="closed")

        page = bob.get(SCOPES).content.decode()

        assert page.index("nothing") < page.index(PROD) < page.index("read</td>")

    def test_hides_other_workspaces(self, world: World, scope: SecretScope) -> None:
        assert "prod" not in signed_in(world.charlie.user).get("/w/globex/scopes").content.decode().split("<form")[0]

    def test_pages_through_ten_thousand_with_as_many_queries_as_for_few(
        self, bob: Client, world: World, scope: SecretScope
    ) -> None:
        few = queries(bob, SCOPES)
        SecretScope.objects.bulk_create(
            SecretScope(workspace=world.alice.workspace, name=f"s{n:05}", created_by_name="x") for n in range(10_000)
        )

        assert queries(bob, SCOPES) == few
        assert "s00050" in bob.get(f"{SCOPES}?after=s00049").content.decode()
        assert "There are no scopes after" in bob.get(f"{SCOPES}?after=z").content.decode()


class TestScope:
    def test_shows_keys_and_never_a_value(self, alice: Client, bob: Client, scope: SecretScope) -> None:
        for client in (alice, bob):
            page = client.get(PROD).content.decode()
            assert "<code>password</code>" in page
            assert VALUE not in page
        assert not AuditEvent.objects.filter(verb="read").exists()

    def test_offers_only_what_one_may_do(self, bob: Client, world: World, scope: SecretScope) -> None:
        reader = bob.get(PROD).content.decode()
        scope_acls.put(world.alice, scope, grantee="users", permission=WRITE)
        writer = bob.get(PROD).content.decode()
        scope_acls.put(world.alice, scope, grantee="users", permission=MANAGE)
        manager = bob.get(PROD).content.decode()

        offers = [[word in page for word in ("Write a value", "Let somebody in")] for page in (reader, writer, manager)]
        assert offers == [[False, False], [True, False], [True, True]]

    def test_tells_no_key_to_those_without_read(self, bob: Client, world: World, scope: SecretScope) -> None:
        scope_acls.delete(world.alice, scope, grantee="users")

        page = bob.get(PROD).content.decode()

        assert "You have no permission on this scope." in page
        assert "password" not in page.split("<main")[1]

    def test_needs_as_many_queries_for_many_as_for_few(self, alice: Client, world: World, scope: SecretScope) -> None:
        few = queries(alice, PROD)
        Secret.objects.bulk_create(
            Secret(workspace=scope.workspace, scope=scope, key=f"k{n:03}", sealed=b"x", updated_at=timezone.now())
            for n in range(998)
        )

        assert queries(alice, PROD) == few
        assert "k050" in alice.get(f"{PROD}?after=k049").content.decode()


class TestWrites:
    def test_put_a_value_with_unix_line_ends(self, alice: Client, world: World, scope: SecretScope) -> None:
        answer = alice.post(f"{PROD}/secrets", {"key": "pem", "value": " a\r\nb\r\n"}, follow=True)

        assert "has its new value" in answer.content.decode()
        assert secrets.read(world.alice, scope, key="pem") == b" a\nb\n"

    @pytest.mark.parametrize(
        ("form", "sentence"),
        [
            ({"key": "a b", "value": VALUE}, "cannot be the key of a secret"),
            ({"key": "", "value": VALUE}, "Give the secret a key."),
            ({"key": "k", "value": ""}, "Type the value."),
            ({"key": "k", "value": VALUE * 9000}, "a secret holds at most 131,072"),
        ],
    )
    def test_refuse_a_secret_without_showing_it(
        self, alice: Client, scope: SecretScope, form: dict[str, str], sentence: str
    ) -> None:
        answer = alice.post(f"{PROD}/secrets", form)

        assert answer.status_code == 400
        assert sentence in answer.content.decode()
        assert VALUE not in answer.content.decode()
        assert Secret.objects.count() == 1

    def test_grant_and_revoke(self, alice: Client, world: World, scope: SecretScope) -> None:
        alice.post(f"{PROD}/grants", {"grantee": "bob@example.org", "permission": "WRITE"})
        assert scope_acls.effective(world.bob, scope) == WRITE

        alice.post(f"{PROD}/grants/delete", {"grantee": "bob@example.org"})
        assert scope_acls.effective(world.bob, scope) == READ

    @pytest.mark.parametrize("grantee", ["nobody", "charlie@example.org"])
    def test_say_that_nobody_is_called_so(self, alice: Client, scope: SecretScope, grantee: str) -> None:
        answer = alice.post(f"{PROD}/grants", {"grantee": grantee, "permission": "READ"})

        assert answer.status_code == 400
        assert "There is no person or group" in answer.content.decode()

    def test_keep_the_last_manager(self, alice: Client, world: World, scope: SecretScope) -> None:
        answer = alice.post(f"{PROD}/grants/delete", {"grantee": "alice@example.org"}, follow=True)

        assert "This is the last MANAGE" in answer.content.decode()
        assert len(scope_acls.all(world.alice, scope)) == 2

    def test_ask_before_they_delete_a_secret(self, alice: Client, scope: SecretScope) -> None:
        offered = alice.get(PROD).content.decode()
        asked = alice.get(f"{PROD}/secrets/password/delete")

        assert f'href="{PROD}/secrets/password/delete"' in offered
        assert "Delete password?" in asked.content.decode()
        assert scope.secrets.filter(key="password").exists()
        assert alice.get(f"{PROD}/secrets/nothing/delete").status_code == 404

    def test_delete_a_secret(self, alice: Client, scope: SecretScope) -> None:
        alice.post(f"{PROD}/secrets/password/delete")

        assert not Secret.objects.exists()

    @pytest.mark.parametrize("name", ["", "Prod", "other"])
    def test_delete_the_scope_only_with_its_name(self, alice: Client, scope: SecretScope, name: str) -> None:
        assert alice.post(f"{PROD}/delete", {"name": name}).status_code == 400
        assert SecretScope.objects.exists()

    def test_delete_the_scope(self, alice: Client, scope: SecretScope) -> None:
        answer = alice.post(f"{PROD}/delete", {"name": "prod"}, follow=True)

        assert answer.redirect_chain == [(SCOPES, 302)]
        assert not SecretScope.objects.exists()


class TestDoors:
    @pytest.mark.parametrize("path", WRITES)
    def test_let_a_reader_write_nothing(self, path: str, bob: Client, scope: SecretScope) -> None:
        before = AuditEvent.objects.count()

        bob.post(path, WRITES[path])

        assert AuditEvent.objects.count() == before

    @pytest.mark.parametrize("path", WRITES)
    def test_change_nothing_when_read(self, path: str, alice: Client, scope: SecretScope) -> None:
        before = AuditEvent.objects.count()

        answer = alice.get(path, WRITES[path])

        assert answer.status_code == 200 if path == f"{PROD}/secrets/password/delete" else answer["Location"] == PROD
        assert AuditEvent.objects.count() == before

    @pytest.mark.parametrize("path", [SCOPES, PROD, *WRITES])
    def test_hide_everything_from_a_stranger(self, path: str, world: World, scope: SecretScope) -> None:
        stranger = signed_in(world.charlie.user)

        assert {stranger.get(path).status_code, stranger.post(path, WRITES.get(path, {})).status_code} == {404}
        assert Client().get(path)["Location"].startswith("/sign-in")

    @pytest.mark.parametrize("path", [SCOPES, *WRITES])
    def test_want_the_csrf_token(self, path: str, world: World, scope: SecretScope) -> None:
        client = Client(enforce_csrf_checks=True)
        client.force_login(world.alice.user)

        assert client.post(path, WRITES.get(path, {"name": "x"})).status_code == 403

    def test_find_no_scope_that_is_none(self, alice: Client) -> None:
        answer = alice.get(PROD)

        assert answer.status_code == 404
        assert "Scope prod does not exist." in answer.content.decode()
