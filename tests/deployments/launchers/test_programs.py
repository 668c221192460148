import posixpath
from pathlib import Path

import pytest

from deployments.launchers import programs
from deployments.launchers.programs import Program

SCRIPTS = {
    "start.sh": "#!/bin/sh\nset -e  # stop\nalembic upgrade head && exec gunicorn \\\n  app:app -k gevent\n",
    "run": "#!/usr/bin/env bash\nif true; then ./start.sh; fi\n",
    "own.py": "#!/usr/bin/env python3\nflask run\n",
    "endless.sh": "sh endless.sh\nuvicorn main:app\n",
    "broken.sh": 'echo "not\nclosed"\ncelery worker\n',
}


def read(path: str) -> str | None:
    return SCRIPTS.get(posixpath.normpath(path))


def named(*argv: str) -> set[str]:
    return {f"-m {found.name}" if found.is_module else found.name for found in programs.of(argv, read)}


class TestOf:
    @pytest.mark.parametrize(
        ("command", "names"),
        [
            ("gunicorn app:app", {"gunicorn"}),
            ("/usr/bin/env PORT=1 /some/bin/streamlit run app.py", {"streamlit"}),
            ("env -i FLASK_APP=x flask run", {"flask"}),
            ("python app.py", set()),
            ("python3.11 -u -X dev -m uvicorn main:app", {"-m uvicorn"}),
            ("python -mflask run", {"-m flask"}),
            ("python -c print(1) -m x", set()),
            ("gunicorn app:app -k uvicorn.workers.UvicornWorker", {"gunicorn", "-m uvicorn.workers"}),
            ("gunicorn app:app --worker-class=gthread", {"gunicorn"}),
            ("python -m gunicorn app:app --worker-class gevent", {"-m gunicorn", "-m gevent"}),
            ("uv run waitress-serve app:app", {"waitress-serve"}),
            ("bash start.sh", {"set", "alembic", "gunicorn", "-m gevent"}),
            ("./run", {"true", "set", "alembic", "gunicorn", "-m gevent", "fi"}),
            ("./own.py", set()),
            ("sh nowhere.sh", set()),
            ("sh broken.sh", {"celery"}),
        ],
    )
    def test_names_what_a_command_starts(self, command: str, names: set[str]) -> None:
        assert named(*command.split()) == names

    def test_reads_what_a_shell_is_given(self) -> None:
        assert named("sh", "-c", "A=1 exec hypercorn main:app & python -m worker | tee x") == {
            "hypercorn", "-m worker", "tee",
        }  # fmt: skip

    def test_of_a_script_that_runs_itself_comes_to_an_end(self) -> None:
        assert programs.of(["sh", "endless.sh"], read) == (Program("uvicorn"),)

    def test_of_nothing_is_nothing(self) -> None:
        assert programs.of([], read) == programs.of(["env"], read) == ()


class TestScriptsOf:
    def test_reads_the_sources_own_text_only(self, tmp_path: Path) -> None:
        (tmp_path / "source" / "bin").mkdir(parents=True)
        (tmp_path / "secret.sh").write_text("flask run")
        (tmp_path / "source" / "bin" / "start.sh").write_text("flask run")
        (tmp_path / "source" / "noise.sh").write_bytes(b"\xff\xfe")
        (tmp_path / "source" / "long.sh").write_text("x" * (programs.MAX_SCRIPT_BYTES + 1))
        (tmp_path / "source" / "link.sh").symlink_to(tmp_path / "secret.sh")

        read = programs.scripts_of(tmp_path / "source")

        assert read("./bin/start.sh") == "flask run"
        assert [read(path) for path in ("noise.sh", "long.sh", "link.sh", "../secret.sh", "bin", "\0", "x" * 5000)] == [
            None
        ] * 7
