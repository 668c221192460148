import pytest

from deployments.failures import Failure
from deployments.launchers.inference import infer


class TestDetect:
    @pytest.mark.parametrize(
        ("files", "program"),
        [
            ({"app.py": "", "b.py": ""}, "app.py"),
            ({"main.py": "", "b.py": ""}, "main.py"),
            ({"serve.py": "", "setup.py": "", "test_serve.py": ""}, "serve.py"),
        ],
    )
    def test_runs_the_program(self, write, files, program):
        assert infer(write(files)).argv == ("python", program)

    @pytest.mark.parametrize("files", [{"a.py": "", "b.py": ""}, {"-c.py": ""}])
    def test_guesses_nothing(self, write, files):
        with pytest.raises(Failure):
            infer(write(files))
