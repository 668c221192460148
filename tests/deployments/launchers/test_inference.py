import pytest

from deployments.failures import Failure, FailureKind
from deployments.launchers.environment import EVERY_APP
from deployments.launchers.inference import explicit, infer

FASTAPI = "from fastapi import FastAPI\napp = FastAPI()\n"
FLASK = "from flask import Flask\napp = Flask(__name__)\n"


class TestInfer:
    @pytest.mark.parametrize("text", [FASTAPI, FLASK, "import streamlit", "import dash\napp = dash.Dash()", ""])
    def test_listens_on_loopback_alone(self, write, text):
        launch = infer(write({"app.py": text}))

        assert launch.env.items() >= EVERY_APP.items()
        assert "0.0.0.0" not in " ".join([*launch.argv, *launch.env.values()])

    def test_says_why(self, write):
        assert infer(write({"main.py": FASTAPI})).evidence == "main.py assigns FastAPI() to 'app'."

    def test_reads_newer_syntax_than_its_own(self, write):
        launch = infer(write({"main.py": "type Pair[T] = tuple[T, T]\n" + FASTAPI + "print(f'{'x'}')\n"}))

        assert launch.framework == "FastAPI"

    def test_runs_nothing_of_the_source(self, write, tmp_path):
        infer(write({"app.py": f"open({str(tmp_path / 'ran')!r}, 'w')\n" + FLASK}))

        assert not (tmp_path / "ran").exists()

    @pytest.mark.timeout(60)
    def test_ends_on_a_tangle_of_names(self, write):
        chain = "\n".join(f"n{number} = Middleware(n{number + 1})" for number in range(3000))
        calls = "\ndef f():\n" + "    f()\n" * 5000 + "\n".join(f"m{number} = f()" for number in range(5000))
        nested = "app = " + "Middleware(" * 80 + ")" * 80

        launch = infer(write({"app.py": "app = app\n" * 200 + chain + calls, "main.py": nested, "api.py": "(" * 9999}))

        assert launch.framework == "Python program"

    def test_ends_on_files_that_import_each_other(self, write):
        files = {"app.py": "from main import app", "main.py": "from app import app\nfrom main import api"}

        assert infer(write(files)).framework == "Python program"

    def test_fails_when_nothing_fits(self, write):
        with pytest.raises(Failure) as raised:
            infer(write({"one.py": "", "two.py": ""}))

        assert raised.value.kind is FailureKind.NO_ENTRY_POINT


class TestExplicit:
    def test_keeps_the_words(self):
        launch = explicit(["uvicorn", "a:b", "--port", "$DATABRICKS_APP_PORT; rm"])

        assert launch.argv == ("uvicorn", "a:b", "--port", "$DATABRICKS_APP_PORT; rm")
        assert launch.requirements == ()
        assert launch.env == EVERY_APP
        assert launch.evidence == "app.yaml gives the command."

    @pytest.mark.parametrize("command", [[], [" "], ["a", "b\0"]])
    def test_refuses_a_command_without_a_program(self, command):
        with pytest.raises(Failure) as raised:
            explicit(command)

        assert raised.value.kind is FailureKind.BAD_APP_YAML
