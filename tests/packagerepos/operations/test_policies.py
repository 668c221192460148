import pytest

from packagerepos.indexes import IndexStrategy
from packagerepos.models import PackagePolicy, ProhibitedAction
from packagerepos.operations import policies
from tests.world import World
from workspaces.errors import Forbidden, Invalid
from workspaces.models import AuditEvent


class TestOf:
    def test_has_the_defaults_before_anybody_decided(self, world: World) -> None:
        policy = policies.of(world.alice.workspace)

        assert policy.index_strategy == IndexStrategy.FIRST_MATCH
        assert (policy.prohibited_action, policy.external_version_matching, policy.installer) == ("", None, "")
        assert not PackagePolicy.objects.exists()


class TestChange:
    def test_is_kept_and_audited(self, world: World) -> None:
        policies.change(world.alice, prohibited_action="refuse", external_version_matching=True)

        policy = policies.of(world.alice.workspace)
        event = AuditEvent.objects.get(object_type="package policy")
        assert policy.prohibited_action == ProhibitedAction.REFUSE
        assert policy.external_version_matching is True
        assert event.details == {"prohibited_action": "refuse", "external_version_matching": True}

    def test_leaves_no_trace_when_nothing_changes(self, world: World) -> None:
        policies.change(world.alice, installer="pip")
        policies.change(world.alice, installer="pip")

        assert AuditEvent.objects.filter(object_type="package policy").count() == 1

    def test_is_for_admins(self, world: World) -> None:
        with pytest.raises(Forbidden):
            policies.change(world.bob, installer="pip")

        assert not PackagePolicy.objects.exists()

    def test_belongs_to_one_workspace(self, world: World) -> None:
        policies.change(world.alice, installer="pip")

        assert policies.of(world.charlie.workspace).installer == ""

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("installer", "conda"),
            ("index_strategy", ""),
            ("external_version_matching", 1),
            ("external_version_matching", "true"),
            ("prohibited_action", None),
            ("prohibited_action", ["drop"]),
            ("pk", 1),
        ],
    )
    def test_refuses_what_cannot_be_chosen(self, world: World, name: str, value: object) -> None:
        with pytest.raises(Invalid, match=name):
            policies.change(world.alice, **{name: value})

        assert not PackagePolicy.objects.exists()
