import pytest
from django.conf import settings as django_settings
from django.utils import timezone

from deployments.failures import Failure, FailureKind
from deployments.models import SecretReference
from deployments.operations import deployments, secret_references
from deployments.pipeline import package_sources
from deployments.pipeline.package_sources import BuildVariables
from packagerepos.index_settings import INDEX_URL
from packagerepos.indexes import PYPI, Indexes, IndexStrategy
from packagerepos.operations import policies
from workspaces.models import Membership, ScopePermission
from workspaces.operations import scope_acls, secret_scopes, secrets

MAIN = "https://deploy:word-word@packages.example.com/simple"
BARE = "https://packages.example.com/simple"


@pytest.fixture(autouse=True)
def site(settings, tmp_path):
    settings.PIP_CONF = (tmp_path / "pip.conf",)
    return tmp_path / "pip.conf"


@pytest.fixture
def scope(world):
    scope = secret_scopes.create(world.alice, name=django_settings.PACKAGE_SCOPE)
    secrets.put(world.alice, scope, key=INDEX_URL, value=MAIN.encode(), now=timezone.now())
    return scope


def requested(world, by):
    return deployments.request(by, world.app(), bundle=world.bundle())


def share(world, scope):
    scope_acls.put(world.alice, scope, grantee="users", permission=ScopePermission.READ)


class TestDefaults:
    def test_are_the_public_index_where_nobody_says_anything(self, world):
        assert package_sources.defaults(requested(world, world.bob)).addresses == (PYPI,)

    def test_are_read_as_the_person_who_deploys(self, world, scope):
        share(world, scope)

        indexes = package_sources.defaults(requested(world, world.bob))

        assert indexes.addresses == (BARE,)
        assert indexes.login_for(BARE).password == "word-word"

    def test_end_the_build_of_somebody_without_read_and_name_the_acl(self, world, scope):
        with pytest.raises(Failure) as caught:
            package_sources.defaults(requested(world, world.bob))

        assert caught.value.kind is FailureKind.PACKAGE_SETTINGS
        assert django_settings.PACKAGE_SCOPE in caught.value.message
        assert "users READ" in caught.value.hint

    def test_end_the_build_of_somebody_who_has_left(self, world, scope):
        share(world, scope)
        deployment = requested(world, world.bob)
        Membership.objects.filter(user=world.bob.user).update(deactivated_at=timezone.now())

        with pytest.raises(Failure, match="Bob, who deployed this, is no member any more"):
            package_sources.defaults(deployment)

    def test_lie_over_those_of_the_site(self, world, scope, site):
        share(world, scope)
        site.write_text("[global]\nindex-url = https://site.example/simple\ntimeout = 60\n")

        indexes = package_sources.defaults(requested(world, world.bob))

        assert (indexes.addresses, indexes.transport.timeout_s) == ((BARE,), 60)

    def test_name_the_option_of_the_site_that_is_wrong(self, world, site):
        site.write_text("[global]\ntimeout = soon\n")

        with pytest.raises(Failure, match=r"timeout in the site's pip\.conf"):
            package_sources.defaults(requested(world, world.bob))

    def test_follow_the_strategy_of_the_workspace(self, world):
        policies.change(world.alice, index_strategy=IndexStrategy.BEST_MATCH)

        assert package_sources.defaults(requested(world, world.bob)).strategy is IndexStrategy.BEST_MATCH
        other = deployments.request(world.charlie, world.app(by=world.charlie), bundle=world.bundle(by=world.charlie))
        assert package_sources.defaults(other).strategy is IndexStrategy.FIRST_MATCH


class TestDescribed:
    def test_names_each_address_with_its_writer_and_no_login(self):
        indexes = (
            Indexes()
            .configured_by("the workspace", main=MAIN)
            .overridden_by(extra=["https://own.example/simple"], writer="requirements.txt")
        )

        assert list(package_sources.described(indexes)) == [
            "Package index 1: https://own.example/simple (from requirements.txt).",
            f"Package index 2: {BARE} with a login (from the workspace).",
            package_sources.STRATEGIES[IndexStrategy.FIRST_MATCH],
        ]

    def test_says_where_a_build_looks_that_nobody_told(self):
        assert list(package_sources.described(Indexes())) == [f"Packages come from {PYPI} (from the built-in default)."]


class TestBuildVariables:
    def test_read_a_secret_only_when_it_is_asked_for(self, world):
        app = world.app()
        scope = secret_scopes.create(world.alice, name="own")
        secrets.put(world.alice, scope, key="token", value=b"token-word", now=timezone.now())
        reference = SecretReference("own", "token")
        secret_references.check(world.alice, app, {"TOKEN": reference})

        values = BuildVariables(app, {"PLAIN": "1"}, {"TOKEN": reference, "LOST": SecretReference("gone", "x")})

        assert (set(values), values["PLAIN"], values.secrets) == ({"PLAIN", "TOKEN", "LOST"}, "1", frozenset())
        assert values.get("TOKEN") == "token-word"
        assert values.secrets == {"token-word"}
        assert values.get("UNKNOWN", "${UNKNOWN}") == "${UNKNOWN}"
