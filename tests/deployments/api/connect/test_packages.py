"""What content is made of."""

import re

from deployments.models import Deployment, Environment, State
from deployments.models import Lock as LockRow
from deployments.venvs.lock import Lock
from tests.deployments.api.clients import Client
from tests.deployments.api.connect.dialect import bring, deploy, error, upload
from tests.deployments.locked import package

CONTENT = Lock((package("idna", "3.7"),), ()).to_json()


class TestPackages:
    def test_of_what_never_served_are_none(self, alice: Client, address: str) -> None:
        assert alice.get(f"{address}/packages").json() == []
        assert error(alice.get(f"{address}/lockfile")) == (409, 2)

    def test_are_those_of_the_active_bundle(self, alice: Client, address: str) -> None:
        serve(alice, address)

        (found,) = alice.get(f"{address}/packages").json()

        assert (found["name"], found["version"], found["language_version"]) == ("idna", "3.7", "3.11.7")

    def test_can_be_installed_elsewhere(self, alice: Client, address: str) -> None:
        serve(alice, address)

        answer = alice.get(f"{address}/lockfile")

        assert "idna==3.7" in answer.content.decode()
        # What posit-sdk and rsconnect read.
        assert re.search(r"python=(\d+\.\d+\.\d+)", answer["Generated-By"]).group(1) == "3.11.7"

    def test_are_hidden_from_a_stranger(self, alice: Client, charlie: Client, address: str) -> None:
        serve(alice, address)

        assert error(charlie.get(f"{address}/packages")) == error(charlie.get(f"{address}/lockfile")) == (404, 4)


def serve(alice: Client, address: str) -> None:
    active = bring(deploy(alice, address, bundle_id=upload(alice, address)), State.ACTIVE)
    LockRow.objects.filter(pk=active.lock.pk).update(content=CONTENT)
    made = Environment.objects.create(key="0123456789abcdef", python_version="3.11.7")
    Deployment.objects.filter(pk=active.pk).update(environment=made)
