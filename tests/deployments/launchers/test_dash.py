import pytest

from deployments.launchers.inference import infer

IMPORT = "import dash, flask\n"


class TestDetect:
    @pytest.mark.parametrize(
        ("text", "command"),
        [
            ("app = dash.Dash()\nserver = app.server", ("gunicorn", "app:server")),
            ("server = (chart := 1)\nweb = dash.Dash()\nserver = web.server", ("gunicorn", "app:server")),
            ("web = flask.Flask('x')\napp = dash.Dash(server=web)", ("gunicorn", "app:web")),
            ("app = dash.Dash()", ("gunicorn", "app:app")),
            ("app = dash.Dash()\nif __name__ == '__main__':\n    app.run(debug=True)", ("python", "app.py")),
            ("app = dash.Dash(backend='fastapi')\napp.run()", ("uvicorn", "app:app.server")),
        ],
    )
    def test_serves_what_it_wraps(self, write, text, command):
        launch = infer(write({"app.py": IMPORT + text}))

        assert launch.framework == "Dash"
        assert launch.argv[:2] == command
