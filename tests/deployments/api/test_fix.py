import pytest

from deployments import layout
from deployments.failures import Failure, FailureKind
from deployments.models import Deployment
from deployments.operations import deployments
from deployments.pipeline import failures
from tests.deployments.api.clients import APPS, Client, is_error
from tests.world import World

FIX = f"{APPS}/hello/deployments/1/fix"


@pytest.fixture
def broken(world: World) -> Deployment:
    deployment = deployments.request(world.alice, world.app(), bundle=world.bundle())
    layout.source(deployment.bundle).mkdir(parents=True, exist_ok=True)
    failure = Failure(FailureKind.MISSING_MODULE, "It needs 'yaml'.", "Add it.", requirement="PyYAML")
    failures.end(deployment, failure)
    return deployment


@pytest.mark.usefixtures("broken")
class TestFix:
    def test_is_told_before_it_is_done(self, alice: Client) -> None:
        (found,) = alice.get(f"{APPS}/hello/deployments/1").json()["findings"]

        assert found.pop("at")
        assert found == {
            "kind": "missing_module", "message": "It needs 'yaml'.", "hint": "Add it.", "requirement": "PyYAML",
        }  # fmt: skip

    @pytest.mark.parametrize("body", [None, {}, {"requirements": []}, {"requirements": ["pandas"]}])
    def test_answers_with_the_new_deployment(self, alice: Client, body: object) -> None:
        response = alice.post(FIX, body)

        assert response.status_code == 202
        assert (response.json()["number"], response.json()["cause"]) == (2, "fix")
        assert response["Location"] == f"{APPS}/hello/deployments/2"

    @pytest.mark.parametrize(
        "body",
        [
            {"requirements": "PyYAML"}, {"requirements": [1]}, {"requirements": ["a"] * 51}, {"requirement": "a"},
            {"requirements": ["a\n--pre"]}, {"requirements": ["\0"]}, {"requirements": ["x" * 1000]},
        ],
    )  # fmt: skip
    def test_refuses_what_it_cannot_read(self, alice: Client, body: object) -> None:
        assert is_error(alice.post(FIX, body), 400, "invalid")
        assert Deployment.objects.count() == 1

    def test_of_a_stranger_does_nothing(self, charlie: Client) -> None:
        assert is_error(charlie.post(FIX, {"requirements": ["pandas"]}), 404, "not_found")
        assert Deployment.objects.count() == 1
