import pytest

from deployments.launchers.inference import infer

SCRIPT = "import streamlit as st\n"


class TestDetect:
    @pytest.mark.parametrize(
        ("files", "script"),
        [
            ({"app.py": SCRIPT, "api.py": "from fastapi import FastAPI\napp = FastAPI()"}, "app.py"),
            ({"Home.py": SCRIPT, "pages/1_More.py": SCRIPT}, "Home.py"),
            ({"charts.py": SCRIPT, "ui.py": SCRIPT + "import charts"}, "ui.py"),
            ({"🏠_Home.py": SCRIPT}, "🏠_Home.py"),
        ],
    )
    def test_runs_the_script(self, write, files, script):
        launch = infer(write(files))

        assert launch.framework == "Streamlit"
        assert launch.argv[:3] == ("streamlit", "run", script)
        assert launch.requirements == ("streamlit",)

    def test_keeps_the_protections_of_the_apps_own_origin(self, write):
        env = infer(write({"app.py": SCRIPT})).env

        assert env["STREAMLIT_SERVER_ENABLE_CORS"] == env["STREAMLIT_SERVER_ENABLE_XSRF_PROTECTION"] == "true"
