import pytest

from deployments.launchers.inference import infer

IMPORT = "from flask import Flask\n"
APP = IMPORT + "app = Flask(__name__)\n"


class TestDetect:
    @pytest.mark.parametrize(
        ("text", "framework", "target"),
        [
            (APP, "Flask", "app:app"),
            (
                APP + "from werkzeug.middleware.proxy_fix import ProxyFix\napplication = ProxyFix(app)",
                "Flask",
                "app:app",
            ),
            ("from bottle import default_app\napplication = default_app()", "Bottle", "app:application"),
            ("def application(environ, start_response): return []", "WSGI", "app:application"),
        ],
    )
    def test_finds_the_object(self, write, text, framework, target):
        launch = infer(write({"app.py": text}))

        assert launch.framework == framework
        assert launch.argv[:2] == ("gunicorn", target)
        assert launch.requirements == ("gunicorn",)

    def test_follows_an_import(self, write):
        launch = infer(write({"wsgi.py": "from app import app", "app.py": APP}))

        assert launch.argv[:2] == ("gunicorn", "wsgi:app")

    def test_follows_a_factory_through_a_package(self, write):
        launch = infer(
            write(
                {
                    "wsgi.py": "from shop import create_app\napp = create_app()",
                    "shop/__init__.py": "from .factory import create_app",
                    "shop/factory.py": IMPORT + "def create_app(config=None): return Flask(__name__)",
                }
            )
        )

        assert launch.argv[:2] == ("gunicorn", "wsgi:app")

    def test_imports_it_from_src(self, write):
        assert infer(write({"src/app.py": APP})).argv[:4] == ("gunicorn", "app:app", "--chdir", "src")


class TestDetectFactory:
    def test_asks_the_server_to_call_it(self, write):
        launch = infer(write({"app.py": IMPORT + "def create_app(config=None): return Flask(__name__)"}))

        assert launch.argv[:2] == ("gunicorn", "app:create_app()")
