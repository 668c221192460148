"""From a bundle to what serves, with a draft in between or without."""

from deployments.models import App, Cause, Deployment, State
from tests.deployments.api.clients import Client
from tests.deployments.api.connect.dialect import bring, deploy, error, upload


class TestDeploy:
    def test_requests_a_deployment(self, alice: Client, address: str) -> None:
        deployment = deploy(alice, address, bundle_id=upload(alice, address))

        assert (deployment.state, deployment.is_draft, deployment.cause) == (State.QUEUED, False, Cause.UPLOAD)

    def test_takes_a_number_for_an_id(self, alice: Client, address: str) -> None:
        bundle_id = upload(alice, address)

        assert deploy(alice, address, bundle_id=int(bundle_id)).bundle.pk == int(bundle_id)

    def test_without_a_bundle_means_the_active_one(self, alice: Client, address: str) -> None:
        assert error(alice.post(f"{address}/deploy", {"bundle_id": None})) == (409, 2)
        active = bring(deploy(alice, address, bundle_id=upload(alice, address)), State.ACTIVE)

        again = deploy(alice, address, bundle_id=None)

        assert (again.bundle, again.cause) == (active.bundle, Cause.REDEPLOY)

    def test_refuses_what_is_no_choice(self, alice: Client, address: str) -> None:
        bundle_id = upload(alice, address)

        assert error(alice.post(f"{address}/deploy", {"bundle_id": bundle_id, "activate": "no"})) == (400, 25)
        assert error(alice.post(f"{address}/deploy", [bundle_id])) == (400, 87)
        assert not Deployment.objects.exists()

    def test_is_for_the_workspace_alone(self, alice: Client, charlie: Client, address: str) -> None:
        bundle_id = upload(alice, address)

        assert error(charlie.post(f"{address}/deploy", {"bundle_id": bundle_id})) == (404, 4)
        assert not Deployment.objects.exists()


class TestDraft:
    def test_is_started_beside_what_serves(self, alice: Client, address: str) -> None:
        draft = deploy(alice, address, bundle_id=upload(alice, address), activate=False)

        assert draft.is_draft

    def test_is_activated_without_a_build(self, alice: Client, address: str) -> None:
        bundle_id = upload(alice, address)
        draft = bring(deploy(alice, address, bundle_id=bundle_id, activate=False), State.READY)

        serving = deploy(alice, address, bundle_id=bundle_id)

        assert (serving.activates, serving.lock, serving.is_draft) == (draft, draft.lock, False)

    def test_is_not_activated_with_other_variables(self, alice: Client, address: str) -> None:
        bundle_id = upload(alice, address)
        bring(deploy(alice, address, bundle_id=bundle_id, activate=False), State.READY)
        alice.patch(f"{address}/environment", [{"name": "FOO", "value": "new"}])

        serving = deploy(alice, address, bundle_id=bundle_id)

        assert (serving.activates, serving.settings["env"]) == (None, {"FOO": "new"})

    def test_that_failed_is_not_activated(self, alice: Client, address: str) -> None:
        bundle_id = upload(alice, address)
        bring(deploy(alice, address, bundle_id=bundle_id, activate=False), State.FAILED)

        assert deploy(alice, address, bundle_id=bundle_id).activates is None
        assert App.objects.get().active_deployment is None
