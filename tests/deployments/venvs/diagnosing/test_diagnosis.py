"""Real programs that really end: what they wrote is what is diagnosed."""

import os
import socket
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deployments.failures import FailureKind
from deployments.venvs.diagnosing.diagnosis import diagnose

PYTHON = sys.executable


@pytest.fixture
def source(tmp_path):
    source = tmp_path / "bundles" / "source"
    source.mkdir(parents=True)
    return source


@pytest.fixture
def diagnosed(source):
    """Write the files, run ``argv`` (app.py by default) to its end, and diagnose it."""

    def run(files, *argv, metadata=None, env=None):
        for name, text in files.items():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_text(text)
        ended = subprocess.run(
            argv or [PYTHON, str(source / "app.py")],
            cwd=source,
            env={"PATH": os.environ["PATH"], **(env or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=60,
        )
        failure = diagnose(ended.stdout.splitlines(), ended.returncode, metadata or {}, source=source)
        assert str(source.parent) not in failure.message + failure.hint
        assert failure.hint
        return failure

    return run


class TestMissingModule:
    def test_names_the_distribution_and_what_to_write(self, diagnosed):
        failure = diagnosed({"app.py": "import nothing_here.svm"}, metadata={"nothing_here": {"scikit-nothing"}})

        assert failure.kind is FailureKind.MISSING_MODULE
        assert "'nothing_here'" in failure.message
        assert 'Add the line "scikit-nothing" to requirements.txt (or pyproject.toml) and deploy again.' in failure.hint

    def test_names_scikit_learn_for_sklearn(self, diagnosed):
        failure = diagnosed({"app.py": "import sklearn.ensemble"})

        assert failure.message == "The app imports 'sklearn', which is not installed."
        assert '"scikit-learn"' in failure.hint

    def test_asks_for_the_metadata_only_then(self):
        def never():
            raise AssertionError

        assert diagnose(["Killed"], 137, never).kind is FailureKind.CRASHED_AT_START
        assert '"a-b"' in diagnose(["ModuleNotFoundError: No module named 'ab'"], 1, lambda: {"ab": {"a-b"}}).hint

    def test_does_not_guess_without_saying_so(self, diagnosed):
        failure = diagnosed({"app.py": "import nothing_here"})

        assert "that is a guess" in failure.hint
        assert "Add the line" not in failure.hint

    def test_takes_the_last_raised_of_a_chain(self, diagnosed):
        failure = diagnosed(
            {"app.py": "try:\n    import first_missing\nexcept ImportError:\n    import second_missing"}
        )

        assert "'second_missing'" in failure.message

    def test_reads_the_whole_name_from_the_line_that_imports(self, diagnosed):
        failure = diagnosed({"app.py": "from google.cloud import storage"})

        assert '"google-cloud-storage"' in failure.hint

    def test_tells_an_old_version_from_a_missing_package(self, diagnosed):
        failure = diagnosed({"app.py": "import yaml.future"}, metadata={"yaml": {"PyYAML"}})

        assert "installed version of PyYAML does not have" in failure.message

    def test_tells_a_module_of_the_app_itself(self, diagnosed):
        failure = diagnosed({"app.py": "import helpers", "lib/helpers.py": ""})

        assert "its own lib/helpers.py, but Python does not look in 'lib'" in failure.message
        assert "'lib.helpers'" in failure.hint

    def test_prefers_a_known_package_to_a_file_deep_in_the_source(self, diagnosed):
        failure = diagnosed({"app.py": "import sklearn", "notes/old/sklearn.py": ""})

        assert '"scikit-learn"' in failure.hint

    def test_tells_a_missing_part_of_the_apps_own_package(self, diagnosed):
        failure = diagnosed({"app.py": "import pkg.gone", "pkg/__init__.py": ""})

        assert "its own 'pkg' has no such module" in failure.message

    def test_tells_a_file_that_hides_a_package(self, diagnosed):
        failure = diagnosed({"app.py": "import yaml.nodes", "yaml.py": ""})

        assert failure.message == "The app's own file yaml.py hides the package 'yaml', so 'yaml.nodes' is not found."

    def test_reads_what_python_dash_m_says(self, diagnosed):
        failure = diagnosed({}, PYTHON, "-m", "nothing_here")

        assert failure.kind is FailureKind.MISSING_MODULE
        assert "'nothing_here'" in failure.message

    def test_reads_it_inside_an_exception_group(self, diagnosed):
        text = "try:\n    import nothing_here\nexcept ImportError as e:\n    raise ExceptionGroup('g', [e])"

        assert "'nothing_here'" in diagnosed({"app.py": text}).message


class TestImportError:
    def test_tells_a_name_that_the_installed_version_lacks(self, diagnosed):
        failure = diagnosed({"app.py": "from yaml import gone"})

        assert failure.message == "The app imports 'gone' from 'yaml', which does not have it in the installed version."
        assert "PyYAML" in failure.hint

    def test_tells_a_circular_import(self, diagnosed):
        failure = diagnosed(
            {"app.py": "import one", "one.py": "from two import x\ny = 1", "two.py": "from one import y\nx = 1"}
        )

        assert "circular import" in failure.message

    def test_tells_a_name_that_the_apps_own_module_lacks(self, diagnosed):
        failure = diagnosed({"app.py": "from one import gone", "one.py": ""})

        assert "'one' is the app's own" in failure.message


class TestMissingLibrary:
    def test_names_the_debian_package_and_who_can_install_it(self, diagnosed):
        failure = diagnosed({"app.py": "import ctypes\nctypes.CDLL('libzbar.so.99')"})

        assert failure.kind is FailureKind.MISSING_LIBRARY
        assert "libzbar.so.99" in failure.message
        assert "Apps cannot install system packages" in failure.hint
        assert "libzbar0" in failure.hint

    def test_knows_the_one_that_opencv_needs(self):
        lines = ["ImportError: libGL.so.1: cannot open shared object file: No such file or directory"]

        failure = diagnose(lines, 1, {})

        assert "libgl1" in failure.hint
        assert "opencv-python-headless" in failure.hint

    def test_reads_what_cffi_says(self):
        lines = ["OSError: cannot load library 'libpango-1.0-0': libpango-1.0-0: cannot open shared object file"]

        assert "libpango-1.0-0" in diagnose(lines, 1, {}).hint

    def test_says_of_an_unknown_one_that_an_administrator_is_needed(self, diagnosed):
        assert (
            "the system package that holds it"
            in diagnosed({"app.py": "import ctypes\nctypes.CDLL('libnope.so.1')"}).hint
        )


class TestCrash:
    @pytest.mark.parametrize("text", ["x = 1\ndef f(:\n", "x = 1\n  y = 2\n"])
    def test_names_file_and_line_of_a_syntax_error(self, diagnosed, text):
        assert "Python cannot read app.py, line 2: " in diagnosed({"app.py": text}).message
        assert "Python cannot read one.py, line 2: " in diagnosed({"app.py": "import one", "one.py": text}).message

    @pytest.mark.parametrize("text", ["import os\nos.environ['DB_URL']", "from os import environ as e\ne['DB_URL']"])
    def test_names_a_missing_environment_variable(self, diagnosed, text):
        failure = diagnosed({"app.py": text})

        assert failure.message == "The app needs the environment variable DB_URL, which is not set."
        assert "app.yaml" in failure.hint

    def test_takes_an_ordinary_key_error_for_what_it_is(self, diagnosed):
        assert (
            diagnosed({"app.py": "{}['DB_URL']"}).message == "The app ended with KeyError in app.py, line 1: 'DB_URL'."
        )

    def test_tells_a_port_in_use(self, diagnosed):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            bind = f"import socket\nsocket.socket().bind(('127.0.0.1', {taken.getsockname()[1]}))"
            plain = diagnosed({"app.py": bind})
            serve = [PYTHON, "-m", "uvicorn", "main:app", "--port", str(taken.getsockname()[1])]
            served = diagnosed({"main.py": "async def app(scope, receive, send): pass"}, *serve)

        assert plain.message == served.message == "The app wants to listen on a port that is in use already."
        assert "PORT" in plain.hint

    def test_tells_a_read_only_file_system(self, diagnosed, source):
        (source / "app.py").write_text("open('data.db', 'w')")
        bwrap = ["bwrap", "--ro-bind", "/", "/", "--dev", "/dev", "--chdir", str(source)]

        failure = diagnosed({}, *bwrap, PYTHON, "app.py")

        assert "'data.db', which it may not (Read-only file system)" in failure.message
        assert "/tmp" in failure.hint

    def test_does_not_blame_what_stands_above_the_traceback(self, diagnosed):
        failure = diagnosed(
            {"app.py": "print('cache: Permission denied', flush=True)\nraise ValueError('bad setting')"}
        )

        assert failure.message == "The app ended with ValueError in app.py, line 2: bad setting."

    def test_tells_that_memory_ran_out(self, diagnosed):
        text = "import resource\nresource.setrlimit(resource.RLIMIT_AS, (2**29, 2**29))\nbytearray(2**30)"

        assert diagnosed({"app.py": text}).message == "The app ran out of memory."

    @pytest.mark.parametrize(
        ("signal", "word"), [("SIGKILL", "memory"), ("SIGSEGV", "native code"), ("SIGABRT", "native code")]
    )
    def test_tells_what_ended_it_from_outside(self, diagnosed, signal, word):
        no_core = "import os, resource, signal\nresource.setrlimit(resource.RLIMIT_CORE, (0, 0))\n"
        text = f"{no_core}os.kill(os.getpid(), signal.{signal})"
        direct = diagnosed({"app.py": text})
        through_a_shell = diagnosed({}, "sh", "-c", f"{PYTHON} app.py; exit $?")

        assert word in direct.message
        assert word in through_a_shell.message

    @pytest.mark.parametrize(
        "argv",
        [
            ["env", "no-such-program"],
            ["sh", "-c", "no-such-program"],
            ["bwrap", "--ro-bind", "/", "/", "no-such-program"],
            ["setpriv", "--no-new-privs", "no-such-program"],
        ],
    )
    def test_tells_a_command_that_does_not_exist(self, diagnosed, argv):
        assert "command 'no-such-program' does not exist" in diagnosed({}, *argv).message

    def test_tells_a_script_that_does_not_exist(self, diagnosed):
        assert "runs the file 'gone.py'" in diagnosed({}, PYTHON, "gone.py").message

    def test_tells_a_module_and_an_object_that_uvicorn_does_not_find(self, diagnosed):
        assert "has no 'api'" in diagnosed({"main.py": "app = 1"}, PYTHON, "-m", "uvicorn", "main:api").message
        assert "module 'gone'" in diagnosed({}, PYTHON, "-m", "uvicorn", "gone:app").message

    def test_reads_past_what_gunicorn_says_afterwards(self):
        lines = [
            "[2026-01-05 10:00:00 +0000] [8] [ERROR] Exception in worker process",
            "Traceback (most recent call last):",
            '  File "/srv/env/lib/python3.12/site-packages/gunicorn/arbiter.py", line 608, in spawn_worker',
            "    worker.init_process()",
            "ModuleNotFoundError: No module named 'flask_cors'",
            "[2026-01-05 10:00:00 +0000] [8] [INFO] Worker exiting (pid: 8)",
            "Traceback (most recent call last):",
            '  File "/srv/env/lib/python3.12/site-packages/gunicorn/arbiter.py", line 209, in run',
            "gunicorn.errors.HaltServer: <HaltServer 'Worker failed to boot.' 3>",
        ]

        assert '"flask-cors"' in diagnose(lines, 3, {}).hint

    def test_shows_no_folder_of_this_machine(self, diagnosed):
        failure = diagnosed({"app.py": "open('/srv/another/tenant/data.csv')"})

        assert "app.py, line 1" in failure.message
        assert "data.csv" in failure.message
        assert "tenant" not in failure.message

    def test_falls_back_on_the_last_line(self, diagnosed):
        failure = diagnosed({"app.py": "import sys\nprint('no licence found')\nsys.exit(3)"})

        assert failure.message == "The app ended with exit code 3. Its last line was: no licence found"

    def test_tells_an_app_that_simply_came_to_its_end(self, diagnosed):
        assert "exit code 0" in diagnosed({"app.py": "print('done')"}).message

    def test_tells_an_app_that_wrote_nothing(self):
        assert "wrote nothing" in diagnose([], None, {}).message


class TestHostileLogs:
    @settings(max_examples=200, deadline=None)
    @given(
        lines=st.lists(
            st.one_of(
                st.text(max_size=80),
                st.sampled_from(
                    [
                        "Traceback (most recent call last):",
                        '  File "/x/y", line 99999999999999999999',
                        "ModuleNotFoundError: No module named '../../etc'",
                        "ModuleNotFoundError: No module named '.'",
                        "ImportError: cannot import name 'a' from 'b.c'",
                        "KeyError: 'X'",
                        "    os.environ",
                        "\x1b[31mOSError: libGL.so.1: cannot open shared object file",
                    ]
                ),
            ),
            max_size=12,
        ),
        exit_code=st.one_of(st.none(), st.integers(-200, 300)),
    )
    def test_always_end_in_one_printable_sentence(self, tmp_path_factory, lines, exit_code):
        failure = diagnose(lines, exit_code, {}, source=tmp_path_factory.getbasetemp() / "nowhere")

        assert failure.message.isprintable()
        assert len(failure.message) < 1000
        assert failure.hint
