"""One environment for all who need it, made again wherever it is gone."""

import re
import shutil
from pathlib import Path
from typing import Any

from tests.journeys.platform import Platform

APP = "from http.server import *\nimport os, six\nclass Hello(BaseHTTPRequestHandler):\n    def do_GET(self):\n" + (
    "        self.send_response(200)\n        self.end_headers()\n        self.wfile.write(six.__version__.encode())\n"
    "HTTPServer(('127.0.0.1', int(os.environ['PORT'])), Hello).serve_forever()\n"
)


def source(*requirements: str) -> dict[str, str | bytes]:
    return {"app.py": APP, "requirements.txt": "\n".join(requirements), "app.yaml": "command: [python, app.py]\n"}


def folder(platform: Platform, deployment: dict[str, Any]) -> Path:
    return platform.home / "environments" / str(deployment["environment"]["key"])


def restart(platform: Platform, name: str) -> None:
    for verb in ("stop", "start"):
        platform.api.post(f"/apps/{name}/{verb}").raise_for_status()
        if verb == "stop":
            platform.until(lambda: platform.get(name).status_code != 200)


def serves(platform: Platform, name: str) -> bool:
    return platform.get(name).status_code == 200


class TestTheCache:
    def test_makes_one_environment_for_two_that_ask_at_once(self, platform: Platform) -> None:
        numbers = {}
        for name in ("twin-a", "twin-b"):
            platform.create(name, startup_s=0)
        for name in ("twin-a", "twin-b"):
            numbers[name] = platform.deploy(name, source("six==1.17.0", "toolz==0.12.1"))

        found = platform.wait_all(numbers)

        assert {each["state"] for each in found.values()} == {"active"}
        assert len({each["environment"]["key"] for each in found.values()}) == 1
        logs = [platform.log(name, number) for name, number in numbers.items()]
        assert sum("Installing 2 packages" in log for log in logs) == 1
        assert sum("it is used again" in log or "it is shared" in log for log in logs) == 1

    def test_says_what_is_different(self, platform: Platform) -> None:
        platform.create("changing", startup_s=0)
        platform.run("changing", source("six==1.16.0"))

        same = platform.run("changing", source("six==1.16.0"))
        other = platform.run("changing", source("six==1.17.0", "toolz==0.12.0"))

        assert "it is used again" in platform.log("changing", same["number"])
        log = platform.log("changing", other["number"])
        assert "because since deployment 2 this changed: the requirements." in log
        assert "Different from deployment 2: six 1.16.0 → 1.17.0, toolz 0.12.0 added." in log

    def test_makes_it_anew_when_asked(self, platform: Platform) -> None:
        platform.create("anew", startup_s=0)
        first = platform.run("anew", source("six==1.15.0"))

        second = platform.run("anew", source("six==1.15.0"), rebuild="true")
        third = platform.run("anew", source("six==1.15.0"))

        log = platform.log("anew", second["number"])
        assert "Resolving from scratch, as asked." in log
        assert "It is made anew, as asked." in log
        assert second["environment"]["key"] != first["environment"]["key"]
        assert third["environment"]["key"] == second["environment"]["key"]


class TestAnEnvironmentThatIsGone:
    def test_is_made_again_when_its_app_starts(self, platform: Platform) -> None:
        platform.create("bereft", startup_s=0)
        deployment = platform.run("bereft", source("six==1.14.0"))
        platform.api.post("/apps/bereft/stop").raise_for_status()
        platform.until(lambda: not serves(platform, "bereft"))
        shutil.rmtree(folder(platform, deployment))

        platform.api.post("/apps/bereft/start").raise_for_status()

        platform.until(lambda: serves(platform, "bereft"), timeout_s=90)
        log = platform.log("bereft", deployment["number"])
        assert "Its environment is not on the disk any more: it is made again from the lock" in log

    def test_is_made_again_for_a_rollback(self, platform: Platform) -> None:
        platform.create("returning", startup_s=0)
        first = platform.run("returning", source("six==1.13.0"))
        platform.run("returning", source("six==1.17.0"))
        platform.until(lambda: platform.api.get("/apps/returning/deployments/1").json()["state"] == "retired")
        shutil.rmtree(folder(platform, first))

        answer = platform.api.post("/apps/returning/deployments/1/activate").raise_for_status().json()
        found = platform.wait("returning", answer["number"])

        assert found["state"] == "active", found["failure"]
        log = platform.log("returning", answer["number"])
        assert "It would be the same as that of deployment 1, but that one is not on the disk any more" in log
        assert platform.get("returning").text == "1.13.0"


class TestADamagedEnvironment:
    def test_is_not_used_again(self, platform: Platform) -> None:
        platform.create("damaged", startup_s=0)
        first = platform.run("damaged", source("six==1.12.0"))
        six = next(folder(platform, first).glob("lib/*/site-packages/six.py"))
        six.write_text("")

        second = platform.run("damaged", source("six==1.12.0"))

        assert second["environment"]["key"] != first["environment"]["key"]
        assert re.search(r"is damaged on the disk.*six: six.py has another size", platform.log("damaged", 2))
        assert platform.get("damaged").text == "1.12.0"


class TestTheReaper:
    def test_says_what_would_go_and_lets_what_serves_stay(self, platform: Platform) -> None:
        platform.create("staying", startup_s=0)
        deployment = platform.run("staying", source("six==1.11.0"))

        assert "would go" in platform.manage("reap_environments", "--dry-run")
        platform.manage("reap_environments")

        assert folder(platform, deployment).is_dir()
        assert serves(platform, "staying")

    def test_waits_for_what_runs_in_a_cleared_one(self, platform: Platform) -> None:
        platform.create("clearing", startup_s=0)
        deployment = platform.run("clearing", source("six==1.10.0"))
        key = deployment["environment"]["key"]

        platform.api.delete(f"/environments/{key}").raise_for_status()
        platform.manage("reap_environments")

        assert (folder(platform, deployment).is_dir(), serves(platform, "clearing")) == (True, True)
        restart(platform, "clearing")
        platform.until(lambda: serves(platform, "clearing"), timeout_s=90)
        again = platform.api.get("/apps/clearing/deployments/1").json()
        assert again["environment"]["key"] != key
        assert "was cleared by an admin for this workspace: it is made again from the lock" in platform.log(
            "clearing", 1
        )
