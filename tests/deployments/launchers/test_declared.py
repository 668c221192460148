import pytest

from deployments.failures import Failure, FailureKind
from deployments.launchers.choice import choose
from deployments.launchers.declared import UNSERVED, declare
from deployments.source.spec import AppSpec, Declared

FASTAPI = "from fastapi import FastAPI\napp = FastAPI()\n"
FACTORY = "from fastapi import FastAPI\ndef create_app():\n  return FastAPI()"
DASH = "from dash import Dash\napp = Dash()\nserver = app.server"
EXPRESS = "shiny.express.app:odd_2e_py"
FLASK = "from flask import Flask\napp = Flask(__name__)\n"


def argv(source, mode, entry_point, words=2):
    launch = declare(source, Declared(mode, entry_point))
    assert launch is not None
    assert launch.env["HOST"] == "127.0.0.1"
    return launch.argv[:words]


class TestObjects:
    @pytest.mark.parametrize(
        ("mode", "entry_point", "text", "command"),
        [
            ("python-fastapi", "odd", FASTAPI, ("uvicorn", "odd:app")),
            ("python-fastapi", "odd:app", FASTAPI, ("uvicorn", "odd:app")),
            ("python-fastapi", "odd:other", FASTAPI + "other = FastAPI()", ("uvicorn", "odd:other")),
            ("python-fastapi", "odd:made", "from elsewhere import made", ("uvicorn", "odd:made")),
            ("python-fastapi", "odd", "from elsewhere import *", ("uvicorn", "odd:app")),
            ("python-fastapi", "odd", FACTORY, ("uvicorn", "odd:create_app")),
            ("python-api", "odd", FLASK, ("gunicorn", "odd:app")),
            ("python-api", "odd:application", "application = wrapped()", ("gunicorn", "odd:application")),
            ("python-api", "odd:make", "def make(): ...", ("gunicorn", "odd:make()")),
            # What the object is counts for more than what it is called.
            ("python-api", "odd:app", FASTAPI, ("uvicorn", "odd:app")),
            ("python-dash", "odd:app", DASH, ("gunicorn", "odd:server")),
            ("python-shiny", "odd", "from shiny import App\napp = App(ui, server)", ("uvicorn", "odd:app")),
            ("python-shiny", EXPRESS, "import shiny.express", ("uvicorn", EXPRESS)),
        ],
    )  # fmt: skip
    def test_are_served_as_declared(self, write, mode, entry_point, text, command):
        source = write({"odd.py": text, "app.py": FLASK.replace("app =", "unasked =")})

        assert argv(source, mode, entry_point) == command

    def test_may_lie_in_packages(self, write):
        source = write({"shop/__init__.py": "", "shop/web.py": FASTAPI})

        assert argv(source, "python-fastapi", "shop.web:app") == ("uvicorn", "shop.web:app")

    @pytest.mark.parametrize("entry_point", ["", "--help", "a:b:c", "a b", "a:", "a;b"])
    def test_are_looked_for_where_the_entry_point_is_none(self, write, entry_point):
        assert declare(write({"app.py": FASTAPI}), Declared("python-fastapi", entry_point)) is None

    def test_are_not_looked_for_elsewhere(self, write):
        with pytest.raises(Failure, match=r"entry point 'gone:app', and the source has no such module") as raised:
            declare(write({"app.py": FASTAPI}), Declared("python-fastapi", "gone:app"))

        assert raised.value.kind is FailureKind.NO_ENTRY_POINT


class TestScripts:
    @pytest.mark.parametrize("entry_point", ["odd", "odd.py"])
    def test_of_streamlit_are_run(self, write, entry_point):
        source = write({"odd.py": "import streamlit", "app.py": "import streamlit"})

        assert argv(source, "python-streamlit", entry_point, 3) == ("streamlit", "run", "odd.py")

    def test_of_gradio_are_run(self, write):
        source = write({"odd.py": "import gradio\ngradio.Blocks().launch()"})

        assert argv(source, "python-gradio", "odd") == ("python", "odd.py")

    @pytest.mark.parametrize("entry_point", ["", "../odd", "/etc/passwd", "gone", "\0"])
    def test_are_files_of_the_source(self, write, entry_point):
        with pytest.raises(Failure, match="no such module"):
            declare(write({"odd.py": "import streamlit"}), Declared("python-streamlit", entry_point))


class TestChoice:
    SPEC = AppSpec(declared=Declared("python-fastapi", "odd:app"))

    def test_follows_the_manifest_before_the_files(self, write):
        source = write({"app.py": FLASK, "odd.py": FASTAPI})

        assert choose(source, self.SPEC, ()).argv[:2] == ("uvicorn", "odd:app")

    def test_follows_app_yaml_before_the_manifest_and_the_settings_before_both(self, write):
        source = write({"odd.py": FASTAPI})
        spec = AppSpec(command=("python", "odd.py"), declared=self.SPEC.declared)

        assert choose(source, spec, ()).argv == ("python", "odd.py")
        assert choose(source, spec, ("own",)).argv == ("own",)

    def test_finds_out_by_itself_what_a_manifest_of_another_kind_is_for(self, write):
        source = write({"app.py": FLASK})

        assert choose(source, AppSpec(declared=Declared("standalone", "")), ()).framework == "Flask"


@pytest.mark.parametrize("mode", UNSERVED)
def test_what_is_not_served_ends_with_a_sentence(tmp_path, mode):
    with pytest.raises(Failure, match="which Slipway does not serve by itself") as raised:
        declare(tmp_path, Declared(mode, "index.html"))

    assert "app.yaml" in raised.value.hint
