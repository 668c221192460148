from datetime import UTC, datetime

import pytest
from django.conf import settings

from packagerepos import index_settings
from packagerepos.index_settings import CERTIFICATES, EXTRA_INDEX_URLS, INDEX_URL
from packagerepos.indexes import PYPI, IndexStrategy
from packagerepos.operations import repositories
from packagerepos.operations.repositories import Wanted
from tests.private_index import DAY, Authority
from workspaces.errors import Forbidden, Invalid
from workspaces.models import AuditEvent, Secret, SecretScope, User
from workspaces.operations import scope_acls, secret_scopes, secrets
from workspaces.principals import Principal

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
MAIN = "https://deploy:word-word@packages.example.com/simple"
EXTRA = ["https://one:first-secret@one.example.com/simple", "https://two.example.com/simple"]


def save(principal: Principal, **wanted) -> None:
    repositories.save(principal, Wanted(**wanted), now=NOW)


def stored(world) -> dict[str, str]:
    return index_settings.stored(world.alice.workspace)


class TestSave:
    def test_makes_the_scope_that_admins_manage_and_everybody_reads(self, world):
        save(world.alice, index_url=MAIN)

        scope = secret_scopes.named(world.alice.workspace, settings.PACKAGE_SCOPE)
        grants = {(grant.grantee, str(grant.permission)) for grant in scope_acls.all(world.alice, scope)}
        assert grants == {("admins", "MANAGE"), ("users", "READ")}
        assert index_settings.read(world.bob).index_url == MAIN

    def test_without_anything_makes_no_scope(self, world):
        save(world.alice, index_url="", extra_index_urls=[], certificates="")

        assert not SecretScope.objects.exists()

    def test_writes_only_what_differs(self, world):
        save(world.alice, index_url=MAIN, extra_index_urls=EXTRA)
        before = AuditEvent.objects.count()

        shown = repositories.see(world.alice)
        save(world.alice, index_url=shown.index_url, extra_index_urls=shown.extra_index_urls)

        assert AuditEvent.objects.count() == before
        assert stored(world) == {INDEX_URL: MAIN, EXTRA_INDEX_URLS: "\n".join(EXTRA)}

    def test_keeps_a_login_that_moves_to_the_other_field(self, world):
        save(world.alice, index_url=MAIN)

        save(world.alice, index_url="", extra_index_urls=["https://***@packages.example.com/simple"])

        assert stored(world) == {EXTRA_INDEX_URLS: MAIN}

    def test_of_nothing_deletes_the_secret(self, world):
        save(world.alice, index_url=MAIN, certificates=Authority().pem)

        save(world.alice, index_url="", certificates="")

        assert not Secret.objects.exists()
        assert AuditEvent.objects.filter(verb="deleted", object_type="secret").count() == 2

    def test_leaves_what_is_not_named(self, world):
        save(world.alice, index_url=MAIN)

        save(world.alice, strategy="best_match")

        assert stored(world) == {INDEX_URL: MAIN}
        assert repositories.see(world.alice).strategy is IndexStrategy.BEST_MATCH

    @pytest.mark.parametrize(
        ("wanted", "says"),
        [
            ({"index_url": "packages.example.com"}, "pip-index-url"),
            ({"index_url": "https://a.example/x https://b.example/y"}, "more than one"),
            ({"extra_index_urls": ["ftp://x.example"]}, "pip-extra-index-urls"),
            ({"certificates": "hello"}, "pip-cert"),
            ({"certificates": "-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----"}, "private key"),
            ({"certificates": Authority("Old CA", expires_in=-DAY).pem}, "Old CA expired"),
            ({"strategy": "worst_match"}, "strategy"),
            ({"index_url": "https://***@evil.example/simple"}, "evil.example"),
            ({"extra_index_urls": [f"https://i{n}.example/" for n in range(30)]}, "more than 20"),
        ],
    )
    def test_refuses_with_a_sentence_and_saves_nothing(self, world, wanted, says):
        save(world.alice, index_url=MAIN)

        with pytest.raises(Invalid, match=says) as caught:
            save(world.alice, **({"strategy": "best_match"} | wanted))

        assert stored(world) == {INDEX_URL: MAIN}
        assert repositories.see(world.alice).strategy is IndexStrategy.FIRST_MATCH
        assert "word-word" not in f"{caught.value} {caught.value.hint}"

    def test_is_for_admins(self, world):
        with pytest.raises(Forbidden):
            save(world.bob, index_url=MAIN)
        with pytest.raises(Forbidden):
            repositories.see(world.bob)
        with pytest.raises(Forbidden):
            repositories.candidate(world.bob, Wanted())

        assert not SecretScope.objects.exists()

    def test_works_for_a_site_admin_who_is_no_member(self, world):
        root = User.objects.create_superuser("root@example.org", name="Root")

        save(Principal(root, world.alice.workspace, world.alice.role), index_url=MAIN)

        assert index_settings.read(world.bob).index_url == MAIN
        assert repositories.see(world.alice).changes[INDEX_URL].by == "Root"


class TestSee:
    def test_shows_no_login(self, world):
        save(world.alice, index_url=MAIN, extra_index_urls=EXTRA)

        shown = repositories.see(world.alice)

        assert shown.index_url == "https://***@packages.example.com/simple"
        assert shown.extra_index_urls == ["https://***@one.example.com/simple", EXTRA[1]]
        assert "word-word" not in repr(shown)
        assert "first-secret" not in repr(shown)

    def test_names_the_standing_with_the_public_one_last(self, world):
        save(world.alice, index_url=MAIN, extra_index_urls=[f"{PYPI}/", *EXTRA])

        addresses = [place.address for place in repositories.see(world.alice).standing]

        assert addresses == [
            "https://one.example.com/simple",
            "https://two.example.com/simple",
            "https://packages.example.com/simple",
            f"{PYPI}/",
        ]

    def test_reads_without_an_audit_row_because_nobody_is_shown_a_value(self, world):
        save(world.alice, index_url=MAIN)
        before = AuditEvent.objects.count()

        repositories.see(world.alice)

        assert AuditEvent.objects.count() == before

    def test_of_what_a_client_wrote_wrongly_says_why_and_shows_nothing_of_it(self, world):
        scope = secret_scopes.create(world.alice, name=settings.PACKAGE_SCOPE)
        secrets.put(world.alice, scope, key=INDEX_URL, value=b"user:pass@no address", now=NOW)
        secrets.put(world.alice, scope, key=CERTIFICATES, value=b"-----BEGIN PRIVATE KEY-----\nabc", now=NOW)

        shown = repositories.see(world.alice)

        assert (shown.index_url, shown.certificates) == ("***", "***")
        assert "pip-index-url" in shown.problem
        assert shown.standing == []

    def test_shows_another_workspace_nothing(self, world):
        save(world.alice, index_url=MAIN)

        shown = repositories.see(world.charlie)

        assert (shown.index_url, shown.exists, shown.changes) == ("", False, {})


class TestCandidate:
    def test_has_the_logins_that_are_stored(self, world):
        save(world.alice, index_url=MAIN)

        indexes = repositories.candidate(world.alice, Wanted(index_url="https://***@packages.example.com/other"))

        assert indexes.login_for("https://packages.example.com/other").password == "word-word"
        assert stored(world) == {INDEX_URL: MAIN}
