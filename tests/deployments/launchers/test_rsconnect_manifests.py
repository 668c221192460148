"""Manifests as the genuine client writes them, and what is made of them."""

import json
import os
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from deployments.failures import Failure
from deployments.launchers.choice import choose
from deployments.source.reading import read_spec
from deployments.source.spec import DependencyKind
from packagerepos.requirement_files import read

RSCONNECT = Path(sys.executable).with_name("rsconnect")
EXAMPLES = Path(__file__).parents[3] / "examples"


def written(mode: str, source: Path, *arguments: str) -> None:
    env = {"PATH": os.environ["PATH"], "HOME": str(source.parent), "RSCONNECT_DISABLE_VERSION_CHECK": "1"}
    done = subprocess.run(
        [str(RSCONNECT), "write-manifest", mode, *(arguments or [str(source)])],
        env=env, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("mode", "example", "argv"),
    [
        ("fastapi", "hello-fastapi", ("uvicorn", "main:app")),
        ("flask", "flask-jinja", ("gunicorn", "app:app")),
        ("dash", "dash-explorer", ("gunicorn", "app:server")),
        ("streamlit", "streamlit-chart", ("streamlit", "run")),
        ("gradio", "gradio-hello", ("python", "app.py")),
    ],
)
def test_is_served_as_declared(tmp_path: Path, mode: str, example: str, argv: tuple[str, ...]) -> None:
    source = tmp_path / "source"
    shutil.copytree(EXAMPLES / example, source, ignore=shutil.ignore_patterns("app.yaml"))
    written(mode, source)

    spec = read_spec(source)

    assert spec.declared is not None
    assert spec.made_with == f"{sys.version_info.major}.{sys.version_info.minor}"
    assert choose(source, spec, ()).argv[: len(argv)] == argv


def test_of_a_notebook_ends_with_a_sentence(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "requirements.txt").write_text("")
    (source / "n.ipynb").write_text('{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}')
    written("notebook", source, str(source / "n.ipynb"))

    with pytest.raises(Failure, match="This is a notebook"):
        choose(source, read_spec(source), ())


@pytest.mark.parametrize(
    ("flag", "said"), [("--disable-env-management-py", False), ("--disable-env-management", False), (None, None)]
)
def test_may_switch_environment_management_off(tmp_path: Path, flag: str | None, said: bool | None) -> None:
    source = tmp_path / "source"
    shutil.copytree(EXAMPLES / "hello-fastapi", source)

    written("fastapi", source, *([flag] if flag else []), str(source))

    assert read_spec(source).environment_management is said


def test_brings_what_the_clients_python_has_where_no_file_says_it(tmp_path: Path) -> None:
    """As the client does for ``--force-generate`` when it deploys; ``write-manifest`` alone writes no list."""
    source = tmp_path / "source"
    shutil.copytree(EXAMPLES / "hello-fastapi", source, ignore=shutil.ignore_patterns("requirements.txt"))
    inspect = [sys.executable, "-m", "rsconnect.subprocesses.inspect_environment", "-r", "none", str(source)]
    found = json.loads(subprocess.run(inspect, capture_output=True, text=True, timeout=120, check=True).stdout)
    (source / found["filename"]).write_text(found["contents"])
    written("fastapi", source)

    spec = read_spec(source)

    assert found["source"] == "pip_freeze"
    assert (spec.dependencies, spec.requirements_file) == (DependencyKind.REQUIREMENTS, "requirements.txt")
    asked = read(source, spec.requirements_file, {}).requirements
    assert f"packaging=={version('packaging')}" in [line.text for line in asked]
