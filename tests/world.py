"""The tests' world: in the workspace Acme Alice is admin and Bob a member; Charlie has only his own."""

from dataclasses import dataclass
from importlib import import_module

from django.apps import apps as django_apps

from deployments.models import App, Bundle
from deployments.operations import apps, bundles
from workspaces.models import Membership, Role, User
from workspaces.operations import access_tokens, workspaces
from workspaces.principals import Principal


@dataclass
class World:
    alice: Principal
    bob: Principal
    charlie: Principal

    def app(self, name: str = "hello", by: Principal | None = None, access: str | None = None) -> App:
        return apps.create(by or self.alice, name=name, access=access)

    def bundle(self, content: bytes = b"source", by: Principal | None = None) -> Bundle:
        return bundles.receive(by or self.alice, [content])

    def token(self, principal: Principal) -> str:
        return access_tokens.create(principal, label="test")[1]


PASSWORD = "correct horse battery staple"


def create() -> World:
    _ship()

    def person(name: str) -> User:
        return User.objects.create_user(f"{name.lower()}@example.org", PASSWORD, name=name)

    alice = workspaces.create(slug="acme", name="Acme", admin=person("Alice"))
    bob = person("Bob")
    Membership.objects.create(workspace=alice.workspace, user=bob, role=Role.MEMBER)
    charlie = workspaces.create(slug="globex", name="Globex", admin=person("Charlie"))
    return World(alice, Principal(bob, alice.workspace, Role.MEMBER), charlie)


def _ship() -> None:
    """What the migrations put into a new database: a test that empties it takes that along, and more may follow it."""
    import_module("packagerepos.migrations.0002_shipped_prohibited_packages").add(django_apps, None)
