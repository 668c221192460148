import pytest

from deployments.failures import Failure, FailureKind
from deployments.source.pyproject import Pyproject
from deployments.source.python_version import poetry_specifier, python_request, version_specifier
from deployments.source.spec import PythonRequest


class TestVersionSpecifier:
    @pytest.mark.parametrize(
        ("asked", "specifier"),
        [
            ("3.12", "==3.12.*"),
            ("3.12.1", "==3.12.1"),
            ("3", "==3.*"),
            (">=3.10", ">=3.10"),
            ("==3.11.*", "==3.11.*"),
            (">=3.10, <3.13", "<3.13,>=3.10"),
            ("~=3.11", "~=3.11"),
            ("cpython-3.11", "==3.11.*"),
            ("cpython@3.11", "==3.11.*"),
            ("cpython-3.11.7-linux-x86_64-gnu", "==3.11.7"),
            ("python3.12", "==3.12.*"),
            ("python-3.12.1", "==3.12.1"),
            ("3.14-dev", "==3.14.*"),
            ("3.13.0rc1", "==3.13.0rc1"),
            ("v3.12", "==3.12.*"),
            ("3.12 3.11", "==3.12.*"),
            ("3.13rc1", "==3.13rc1"),
        ],
    )
    def test_reads_every_form_that_tools_write(self, asked, specifier):
        assert version_specifier(asked) == specifier

    @pytest.mark.parametrize(
        ("asked", "word"),
        [
            ("pypy3.10", "CPython only"),
            ("miniconda3-latest", "CPython only"),
            ("3.13t", "free-threaded"),
            ("myenv", "no version"),
            ("3.x", "no version"),
            (">=abc", "no range"),
            ("../../bin/python", "no version"),
            ("3.12\x1b[2J", "no version"),
        ],
    )
    def test_refuses_the_rest_with_what_helps(self, asked, word):
        with pytest.raises(Failure) as caught:
            version_specifier(asked)

        assert caught.value.kind is FailureKind.NO_INTERPRETER
        assert word in caught.value.message
        assert caught.value.message.isprintable()
        assert "3.12" in caught.value.hint


class TestPoetrySpecifier:
    @pytest.mark.parametrize(
        ("constraint", "specifier"),
        [
            ("^3.11", ">=3.11,<4"),
            ("~3.11", ">=3.11,<3.12"),
            ("~3", ">=3,<4"),
            ("^3.11.2", ">=3.11.2,<4"),
            ("*", ""),
            (">=3.10,<3.13", ">=3.10,<3.13"),
            ("3.11.*", "==3.11.*"),
            ("~=3.11", "~=3.11"),
        ],
    )
    def test_translates_poetrys_operators(self, constraint, specifier):
        assert poetry_specifier(constraint) == specifier


class TestPythonRequest:
    def test_is_none_when_nothing_asks(self, tmp_path):
        assert python_request(tmp_path, Pyproject()) == (None, ())

    def test_takes_the_first_line_that_is_no_comment(self, tmp_path):
        (tmp_path / ".python-version").write_text("# ours\n\n3.12  # and why\n3.11\n")

        assert python_request(tmp_path, None)[0] == PythonRequest("==3.12.*", ".python-version")

    @pytest.mark.parametrize("text", ["", "\n", "# nothing\n", "system\n"])
    def test_takes_an_empty_file_for_nothing_asked(self, tmp_path, text):
        (tmp_path / ".python-version").write_text(text)

        assert python_request(tmp_path, None)[0] is None

    def test_takes_requires_python(self, tmp_path):
        request, _ = python_request(tmp_path, Pyproject(requires_python=">= 3.10"))

        assert request == PythonRequest(">=3.10", "requires-python in pyproject.toml")

    def test_takes_the_python_of_poetry(self, tmp_path):
        request, _ = python_request(tmp_path, Pyproject(poetry_python="^3.11"))

        assert request.specifier == "<4,>=3.11"

    def test_lets_the_file_win_without_a_word_when_both_agree(self, tmp_path):
        (tmp_path / ".python-version").write_text("3.12")

        request, notices = python_request(tmp_path, Pyproject(requires_python=">=3.10"))

        assert (request.origin, notices) == (".python-version", ())

    def test_lets_the_file_win_with_a_notice_when_they_contradict(self, tmp_path):
        (tmp_path / ".python-version").write_text("3.12")

        request, notices = python_request(tmp_path, Pyproject(requires_python=">=3.13"))

        assert request.specifier == "==3.12.*"
        assert "==3.12.*" in notices[0]
        assert ">=3.13" in notices[0]

    @pytest.mark.parametrize("text", ["^3.11", "three", ">=3.x"])
    def test_refuses_a_requires_python_that_is_no_range(self, tmp_path, text):
        with pytest.raises(Failure, match=r"requires-python in pyproject\.toml says"):
            python_request(tmp_path, Pyproject(requires_python=text))
