import pytest

from deployments.launchers.inference import infer

IMPORT = "from fastapi import FastAPI\n"
APP = IMPORT + "app = FastAPI()\n"


class TestDetect:
    @pytest.mark.parametrize(
        ("text", "target"),
        [
            ("import fastapi\napi: fastapi.FastAPI = fastapi.FastAPI()", "main:api"),
            ("import fastapi as f\nweb = f.applications.FastAPI()", "main:web"),
            (APP + "from x import TracerMiddleware\napp = TracerMiddleware(app)", "main:app"),
            (APP + "from x import trace\napp = trace(app)", "main:app"),
            (IMPORT + "try:\n    app = FastAPI()\nfinally:\n    pass", "main:app"),
            (IMPORT + "class Mine(FastAPI): ...\napp = Mine()", "main:app"),
            ("import gradio\n" + IMPORT + "app = gradio.mount_gradio_app(FastAPI(), demo, path='/')", "main:app"),
            ("from dash import Dash\napp = Dash()\n" + IMPORT + "server = FastAPI()", "main:server"),
        ],
    )
    def test_finds_the_object(self, write, text, target):
        launch = infer(write({"main.py": text}))

        assert launch.framework == "FastAPI"
        assert launch.argv[:2] == ("uvicorn", target)

    @pytest.mark.parametrize(
        ("text", "framework"),
        [
            ("from starlette.applications import Starlette\napp = Starlette()", "Starlette"),
            ("from fasthtml.common import *\napp = FastHTML()", "FastHTML"),
            ("from falcon import asgi\napp = asgi.App()", "Falcon"),
            ("async def app(scope, receive, send): ...", "ASGI"),
            ("class A:\n    async def __call__(self, scope, receive, send): ...\napp = A()", "ASGI"),
        ],
    )
    def test_serves_every_asgi_object(self, write, text, framework):
        launch = infer(write({"main.py": text}))

        assert launch.framework == framework
        assert launch.argv[:2] == ("uvicorn", "main:app")

    @pytest.mark.parametrize(
        ("files", "target"),
        [
            ({"app/__init__.py": "", "app/main.py": APP}, ("app.main:app", "--host")),
            ({"shop/main.py": APP}, ("shop.main:app", "--host")),
            ({"odd.py": APP, "helper.py": "x = 1"}, ("odd:app", "--host")),
            ({"src/main.py": APP}, ("main:app", "--app-dir", "src")),
            ({"src/shop/api.py": APP}, ("shop.api:app", "--app-dir", "src")),
            ({"src/__init__.py": "", "src/main.py": APP}, ("src.main:app", "--host")),
        ],
    )
    def test_imports_it_from_where_it_is(self, write, files, target):
        launch = infer(write(files))

        assert launch.argv[1 : 1 + len(target)] == target

    def test_follows_a_call_into_another_file(self, write):
        core = "from fastapi import FastAPI\ndef build():\n    api = FastAPI()\n    return api"
        launch = infer(write({"main.py": "from core import build\napp = build()", "core.py": core}))

        assert launch.argv[1] == "main:app"

    @pytest.mark.parametrize("line", ["client = TestClient(web)", "db = Database(web)"])
    def test_takes_no_other_object_for_the_app(self, write, line):
        launch = infer(write({"main.py": f"{line}\n{IMPORT}web = FastAPI()"}))

        assert launch.argv[1] == "main:web"


class TestDetectFactory:
    def test_asks_the_server_to_call_it(self, write):
        launch = infer(write({"main.py": "def create_app():\n    from fastapi import FastAPI\n    return FastAPI()"}))

        assert launch.argv[:3] == ("uvicorn", "main:create_app", "--factory")

    def test_prefers_an_object(self, write):
        factory = IMPORT + "def create_app(): return FastAPI()\n"
        launch = infer(write({"app.py": factory, "run.py": "from app import create_app\napp = create_app()"}))

        assert launch.argv[:2] == ("uvicorn", "run:app")

    def test_leaves_one_that_needs_arguments(self, write):
        launch = infer(write({"main.py": IMPORT + "def create_app(settings): return FastAPI()"}))

        assert launch.argv == ("python", "main.py")
