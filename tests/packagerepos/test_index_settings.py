import pytest
from django.conf import settings
from django.utils import timezone

from packagerepos import index_settings
from packagerepos.index_settings import EXTRA_INDEX_URLS, INDEX_URL, KEYS, IndexSettings
from packagerepos.indexes import PYPI, Indexes
from workspaces.errors import Forbidden, Invalid
from workspaces.models import AuditEvent, ScopePermission, Secret
from workspaces.operations import scope_acls, secret_scopes, secrets

MAIN = "https://deploy:word-word@packages.example.com/simple"


@pytest.fixture
def scope(world):
    return secret_scopes.create(world.alice, name=settings.PACKAGE_SCOPE)


def put(world, scope, key, value):
    secrets.put(world.alice, scope, key=key, value=value, now=timezone.now())


def share(world, scope):
    scope_acls.put(world.alice, scope, grantee="users", permission=ScopePermission.READ)


class TestRead:
    def test_leaves_the_defaults_where_no_scope_exists(self, world):
        assert index_settings.read(world.bob).over(Indexes()) == Indexes()

    def test_reads_as_the_person_and_leaves_audit_rows(self, world, scope):
        share(world, scope)
        put(world, scope, INDEX_URL, MAIN.encode())
        put(world, scope, EXTRA_INDEX_URLS, b" https://one.example.com/simple\n\thttps://two.example.com/simple ")

        found = index_settings.read(world.bob)

        assert found.index_url == MAIN
        assert found.extra_index_urls == ("https://one.example.com/simple", "https://two.example.com/simple")
        assert AuditEvent.objects.filter(verb="read", actor=world.bob.user).count() == 2

    def test_names_the_permission_that_is_missing(self, world, scope):
        put(world, scope, INDEX_URL, MAIN.encode())

        with pytest.raises(Forbidden, match=settings.PACKAGE_SCOPE) as caught:
            index_settings.read(world.bob)

        assert "READ" in caught.value.hint
        assert "word-word" not in f"{caught.value} {caught.value.hint}"

    def test_is_none_of_another_workspace(self, world, scope):
        share(world, scope)
        put(world, scope, INDEX_URL, MAIN.encode())

        assert index_settings.read(world.charlie) == IndexSettings()

    @pytest.mark.parametrize("value", [b"packages.example.com", b"\xff\xfe", b"https://me:word-word@x@y/simple"])
    def test_says_which_key_is_wrong_without_its_value(self, world, scope, value):
        put(world, scope, INDEX_URL, value)

        with pytest.raises(Invalid, match=INDEX_URL) as caught:
            index_settings.read(world.alice)

        assert "word-word" not in f"{caught.value} {caught.value.hint}"


class TestOver:
    def test_replaces_the_main_index_and_adds_the_extra_ones(self):
        found = IndexSettings(MAIN, ("https://one.example.com/simple",)).over(Indexes())

        assert found.addresses == ("https://one.example.com/simple", "https://packages.example.com/simple")
        assert found.writer_of(found.addresses[0]) == index_settings.WRITER

    def test_keeps_the_public_index_where_only_extra_ones_are_set(self):
        found = IndexSettings(extra_index_urls=("https://one.example.com/simple",)).over(Indexes())

        assert found.addresses == ("https://one.example.com/simple", PYPI)

    def test_never_prints_a_login(self):
        assert "word-word" not in repr(IndexSettings(MAIN, (MAIN,)))


class TestWrite:
    def test_refuses_what_would_fail_every_build(self, world, scope):
        with pytest.raises(Invalid):
            index_settings.write(world.alice, scope, INDEX_URL, "nonsense", now=timezone.now())

        assert not Secret.objects.exists()

    def test_deletes_the_secret_of_an_emptied_field(self, world, scope):
        for key in KEYS[:2]:
            index_settings.write(world.alice, scope, key, MAIN, now=timezone.now())

        index_settings.write(world.alice, scope, INDEX_URL, "  ", now=timezone.now())

        assert [secret.key for secret in Secret.objects.all()] == [EXTRA_INDEX_URLS]
