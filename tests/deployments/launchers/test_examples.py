from pathlib import Path

import httpx
import pytest

from deployments.launchers.inference import infer
from tests.deployments.launchers.serving import install, running

EXAMPLES = Path(__file__).parents[3] / "examples"


class TestExamples:
    @pytest.mark.parametrize(
        ("name", "framework"),
        [
            ("asgi-websocket", "Starlette"),
            ("dash-explorer", "Dash"),
            ("django-plain", "Django"),
            ("flask-jinja", "Flask"),
            ("gradio-hello", "Gradio"),
            ("hello-fastapi", "FastAPI"),
            ("plain-script", "Python program"),
            ("streamlit-chart", "Streamlit"),
        ],
    )
    def test_is_recognised(self, name, framework):
        assert infer(EXAMPLES / name).framework == framework

    def test_names_every_example(self):
        marks = [mark for mark in self.test_is_recognised.pytestmark if mark.name == "parametrize"]

        assert {name for name, _ in marks[0].args[1]} == {path.name for path in EXAMPLES.iterdir()}

    @pytest.mark.parametrize("name", ["hello-fastapi", "flask-jinja"])
    def test_serves_its_page_and_stops_when_asked(self, tmp_path, name):
        launch = infer(EXAMPLES / name)
        install(EXAMPLES / name, launch, tmp_path / "environment")

        with running(EXAMPLES / name, launch, tmp_path / "environment", tmp_path / "home") as app:
            page = httpx.get(app.url)
            health = httpx.get(f"{app.url}/healthz")
            app.stop()

        assert page.status_code == 200
        assert "<h1" in page.text
        assert health.json() == {"status": "ok"}
