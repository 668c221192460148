"""Each of the examples deploys from the real registry and is used for real."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.journeys.platform import PROJECT, Platform

EXAMPLES = sorted(path.name for path in (PROJECT / "examples").iterdir())


@pytest.fixture(scope="module")
def examples(platform: Platform) -> Iterator[dict[str, dict[str, Any]]]:
    """All of them deployed at once: the decided deployment of each."""
    for name in EXAMPLES:
        # Two cores import eight frameworks at the same time.
        platform.create(name, start_timeout_s=90)
    numbers = {name: platform.deploy(name, PROJECT / "examples" / name) for name in EXAMPLES}
    yield platform.wait_all(numbers)
    platform.remove(EXAMPLES)


@pytest.mark.usefixtures("examples")
class TestExamples:
    @pytest.mark.parametrize("name", EXAMPLES)
    def test_becomes_active_and_answers_with_a_page(
        self, platform: Platform, examples: dict[str, dict[str, Any]], name: str
    ) -> None:
        assert examples[name]["state"] == "active", (examples[name]["failure"], platform.log(name, 1))

        page = platform.get(name, headers={"Accept": "text/html"})

        assert page.status_code == 200
        assert page.headers["content-type"].startswith("text/html")
        assert "<html" in page.text

    def test_hello_fastapi_greets(self, platform: Platform) -> None:
        answer = platform.get("hello-fastapi", "/api/hello", params={"name": "Ada"})

        assert answer.json()["message"] == "Hello, Ada!"

    def test_flask_jinja_counts_the_words_of_its_form(self, platform: Platform) -> None:
        answer = platform.ask("POST", "flask-jinja", "/count", data={"text": "one two two"})

        assert answer.status_code == 200
        assert "<h1>3 words</h1>" in answer.text
        assert platform.get("flask-jinja", "/static/style.css").headers["content-type"].startswith("text/css")

    def test_django_plain_keeps_what_its_form_is_given(self, platform: Platform) -> None:
        page = platform.get("django-plain")
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
        assert token is not None
        form = {"csrfmiddlewaretoken": token[1], "name": "Ada", "text": "I was here"}
        headers = {"Origin": f"http://{platform.host('django-plain')}"}

        answer = platform.ask("POST", "django-plain", "/", data=form, headers=headers, cookies=dict(page.cookies))

        assert answer.status_code == 302, answer.text
        assert "I was here" in platform.get("django-plain").text

    def test_plain_script_runs_the_python_that_the_log_names(
        self, platform: Platform, examples: dict[str, dict[str, Any]]
    ) -> None:
        version = examples["plain-script"]["environment"]["python"]

        assert f"Python {version} answers" in platform.get("plain-script").text

    def test_dash_explorer_sends_its_layout_and_draws(self, platform: Platform) -> None:
        layout = platform.get("dash-explorer", "/_dash-layout").json()
        callback = platform.get("dash-explorer", "/_dash-dependencies").json()[0]
        chosen = [{"id": "x", "property": "value", "value": "mass (Earths)"}]
        chosen += [{"id": "y", "property": "value", "value": "moons"}]
        asked = {
            "output": callback["output"],
            "outputs": {"id": "chart", "property": "figure"},
            "inputs": chosen,
            "changedPropIds": ["x.value"],
        }

        drawn = platform.ask("POST", "dash-explorer", "/_dash-update-component", json=asked)

        assert layout["type"] == "Main"
        assert drawn.status_code == 200, drawn.text
        assert "Saturn" in json.dumps(drawn.json()["response"]["chart"]["figure"])

    def test_gradio_hello_tells_its_components(self, platform: Platform) -> None:
        config = platform.get("gradio-hello", "/config").json()

        assert config["title"] == "Caesar's cipher"
        assert {"textbox", "slider"} <= {component["type"] for component in config["components"]}

    def test_streamlit_chart_is_healthy_and_takes_its_web_socket(self, platform: Platform) -> None:
        health = platform.get("streamlit-chart", "/_stcore/health")

        with platform.connect("streamlit-chart", "/_stcore/stream") as connection:
            # "Run the script": BackMsg.rerun_script, field 11, of length 0, in Streamlit's protocol.
            connection.send(bytes([11 << 3 | 2, 0]))
            received = [connection.recv(timeout=30)]
            while not _names_the_page(received[-1]):
                received.append(connection.recv(timeout=30))

        assert health.text == "ok"
        assert _names_the_page(received[-1])

    def test_asgi_websocket_exchanges_messages(self, platform: Platform) -> None:
        with platform.connect("asgi-websocket", "/echo") as connection:
            connection.send("Hello through the proxy")

            assert connection.recv(timeout=30) == "Hello through the proxy"

    def test_asgi_websocket_lets_two_visitors_talk(self, platform: Platform) -> None:
        with platform.connect("asgi-websocket", "/chat") as ada, platform.connect("asgi-websocket", "/chat") as bob:
            platform.until(lambda: platform.get("asgi-websocket", "/healthz").json()["visitors"] == 2)
            ada.send("Are you there?")

            assert bob.recv(timeout=30) == "Are you there?"


def _names_the_page(message: str | bytes) -> bool:
    return b"A year of weather" in (message.encode() if isinstance(message, str) else message)
