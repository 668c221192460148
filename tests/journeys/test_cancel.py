"""Cancelling ends a deployment wherever it is, and what serves keeps serving."""

from tests.journeys.platform import Platform
from tests.journeys.test_healing import HELLO, builds, serves, slow_build


class TestCancel:
    def test_ends_a_build_and_its_processes(self, platform: Platform) -> None:
        platform.create("cancel-build")
        platform.run("cancel-build", HELLO)
        number = platform.deploy("cancel-build", slow_build(100))
        platform.until(lambda: bool(builds(platform)))

        answer = platform.api.post(f"/apps/cancel-build/deployments/{number}/cancel")

        assert answer.status_code == 202
        assert platform.wait("cancel-build", number)["state"] == "cancelled"
        platform.until(lambda: not builds(platform))
        assert serves(platform, "cancel-build")

    def test_ends_one_that_starts_with_its_instance(self, platform: Platform) -> None:
        platform.create("cancel-start", startup_s=60)
        number = platform.deploy("cancel-start", HELLO)
        address = f"/apps/cancel-start/deployments/{number}"
        platform.until(lambda: platform.api.get(address).json()["state"] == "starting")

        platform.api.post(f"{address}/cancel").raise_for_status()

        assert platform.wait("cancel-start", number)["state"] == "cancelled"
        assert platform.api.get("/apps/cancel-start").json()["state"] == "empty"
        assert platform.api.post(f"{address}/cancel").status_code == 409
