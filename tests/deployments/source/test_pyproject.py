import pytest

from deployments.failures import Failure, FailureKind
from deployments.source.pyproject import read_pyproject


class TestReadPyproject:
    def test_is_none_without_a_file(self, tmp_path):
        assert read_pyproject(tmp_path) is None

    @pytest.mark.parametrize(
        ("text", "declares"),
        [
            ("[project]\nname='a'\nversion='1'\ndependencies=['flask']", True),
            ("[project]\nname='a'\nversion='1'\ndependencies=[]", True),
            ("[project]\nname='a'\ndynamic=['version', 'dependencies']", True),
            ("[tool.poetry.dependencies]\npython='^3.11'\nflask='*'", True),
            ("[project]\nname='a'\nversion='1'", False),
            ("[tool.ruff]\nline-length=100", False),
            ("project=1\ntool=[2]", False),
            ("[project]\ndynamic='dependencies'", False),
            ("", False),
        ],
    )
    def test_tells_whether_dependencies_are_declared(self, tmp_path, text, declares):
        (tmp_path / "pyproject.toml").write_text(text)

        assert read_pyproject(tmp_path).declares_dependencies is declares

    def test_reads_what_python_is_required(self, tmp_path):
        (tmp_path / "pyproject.toml").write_text("[project]\nname='a'\nrequires-python='>=3.10,<4'")

        assert read_pyproject(tmp_path).requires_python == ">=3.10,<4"

    @pytest.mark.parametrize("text", ["[project\n", "a = 1\na = 2", "x = " + "[" * 50_000])
    def test_refuses_what_is_no_toml(self, tmp_path, text):
        (tmp_path / "pyproject.toml").write_text(text)

        with pytest.raises(Failure, match=r"pyproject\.toml is not valid TOML: .*\.") as caught:
            read_pyproject(tmp_path)

        assert caught.value.kind is FailureKind.BAD_REQUIREMENTS
