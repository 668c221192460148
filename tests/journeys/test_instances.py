"""More instances of one app: started after the first has passed, balanced, and let go again without a build."""

import json

from tests.journeys.platform import Platform
from tests.journeys.test_healing import HELLO


class TestInstances:
    def test_are_added_and_removed_while_the_app_serves(self, platform: Platform) -> None:
        platform.create("many", instances=3)
        platform.run("many", HELLO)

        platform.until(lambda: platform.api.get("/apps/many").json()["state"] == "running")
        platform.until(lambda: len(instances(platform, "many")) == 3)
        assert platform.get("many").status_code == 200

        platform.api.patch("/apps/many", json={"instances": 1}).raise_for_status()
        platform.until(lambda: len(instances(platform, "many")) == 1)

        assert platform.get("many").status_code == 200
        assert len(platform.api.get("/apps/many/deployments").json()["results"]) == 1


def instances(platform: Platform, name: str) -> list[str]:
    """The folders that the engine keeps for what runs now."""
    found = []
    for plan in (platform.home / "instances").glob("*/launch.json"):
        try:
            if json.loads(plan.read_text())["env"]["SLIPWAY_APP_NAME"] == name:
                found.append(plan.parent.name)
        except FileNotFoundError:
            continue
    return found
