"""Deploy, deploy something else, go back, go forward: never a build, never a gap."""

import httpx

from tests.journeys.platform import Platform

APP = """
import http.server, os
class Hello(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b"%s")
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Hello).serve_forever()
"""


def source(text: str) -> dict[str, str]:
    return {"app.py": APP % text}


class TestActivate:
    def test_goes_back_without_a_build_and_forward_again(self, platform: Platform) -> None:
        platform.create("rollback")
        platform.run("rollback", source("one"))
        platform.run("rollback", source("two"))

        back = platform.api.post("/apps/rollback/deployments/1/activate")

        assert back.status_code == 202
        assert platform.wait("rollback", back.json()["number"])["state"] == "active"
        assert platform.get("rollback").text == "one"
        assert "Resolving packages" not in platform.log("rollback", back.json()["number"])

    def test_refuses_the_active_one_with_a_sentence(self, platform: Platform) -> None:
        platform.create("active-already")
        platform.run("active-already", source("one"))

        answer = platform.api.post("/apps/active-already/deployments/1/activate")

        assert answer.status_code == 409
        assert "active one already" in answer.json()["message"]


class TestStop:
    def test_says_so_at_the_address_and_starts_again_without_a_deployment(self, platform: Platform) -> None:
        platform.create("stopped")
        platform.run("stopped", source("one"))

        platform.api.post("/apps/stopped/stop").raise_for_status()
        platform.until(lambda: "stopped" in platform.get("stopped", headers={"Accept": "text/html"}).text)
        platform.api.post("/apps/stopped/start").raise_for_status()
        platform.until(lambda: platform.get("stopped").text == "one")

        assert len(platform.api.get("/apps/stopped/deployments").json()["results"]) == 1


class TestDraft:
    def test_becomes_ready_beside_the_active_one_and_can_be_activated(self, platform: Platform) -> None:
        platform.create("drafted")
        platform.run("drafted", source("one"))

        number = platform.deploy("drafted", source("two"), draft="true")

        ready = platform.wait("drafted", number)
        assert ready["state"] == "ready"
        assert platform.at(httpx.URL(ready["preview_url"]).host) == "two"
        assert platform.get("drafted").text == "one"
        activated = platform.api.post(f"/apps/drafted/deployments/{number}/activate").raise_for_status().json()
        assert platform.wait("drafted", activated["number"])["state"] == "active"
        assert platform.get("drafted").text == "two"


class TestDelete:
    def test_frees_the_name_and_leaves_nothing_running(self, platform: Platform) -> None:
        platform.create("deleted")
        platform.run("deleted", source("one"))

        platform.api.delete("/apps/deleted").raise_for_status()

        assert platform.api.get("/apps/deleted").status_code == 404
        platform.until(lambda: platform.get("deleted").status_code == 404)
        platform.create("deleted")
