import pytest
from django.conf import LazySettings

from packagerepos.operations import rules
from packagerepos.policy import Installer, ProhibitedAction
from tests.deployments.api.clients import Client, is_error
from tests.world import World

PAGE = "/api/v1/workspace/package-policy"


@pytest.fixture
def alice(world: World) -> Client:
    return Client(world.token(world.alice))


class TestPolicy:
    def test_is_the_sites_at_first(self, alice: Client, settings: LazySettings) -> None:
        settings.PROHIBITED_ACTION, settings.EXTERNAL_VERSION_MATCHING = "refuse", True

        assert alice.get(PAGE).json() == {
            "prohibited_action": None, "external_version_matching": None, "installer": None,
            "in_force": {"prohibited_action": "refuse", "external_version_matching": True, "installer": "uv"},
        }  # fmt: skip

    def test_is_changed_where_something_is_said_and_can_go_back(self, alice: Client, world: World) -> None:
        wanted = {"prohibited_action": "refuse", "external_version_matching": True, "installer": "pip"}

        changed = alice.ask("PATCH", PAGE, wanted).json()
        ruled = rules.in_force(world.alice.workspace)
        back = alice.ask("PATCH", PAGE, dict.fromkeys(wanted)).json()

        assert {name: changed[name] for name in wanted} == changed["in_force"] == wanted
        assert (ruled.prohibited_action, ruled.matches_versions, ruled.installer) == (
            ProhibitedAction.REFUSE, True, Installer.PIP,
        )  # fmt: skip
        assert {back[name] for name in wanted} == {None}
        assert back["in_force"]["prohibited_action"] == "drop"
        assert rules.in_force(world.charlie.workspace).installer == Installer.UV

    @pytest.mark.parametrize(
        "body",
        [{"prohibited_action": "warn"}, {"installer": ["pip"]}, {"external_version_matching": "yes"},
         {"index_strategy": "best_match"}, {"instaler": "pip"}, {"in_force": {}}],
    )  # fmt: skip
    def test_refuses_what_cannot_be_chosen(self, alice: Client, body: dict[str, object]) -> None:
        before = alice.get(PAGE).json()

        assert is_error(alice.ask("PATCH", PAGE, body), 400, "invalid")
        assert alice.get(PAGE).json() == before
