import pytest

from deployments.failures import Failure
from deployments.source.reading import read_spec
from deployments.source.spec import AppSpec, DependencyKind

DECLARING = "[project]\nname='a'\nversion='1'\ndependencies=['flask']\n"
SILENT = "[tool.ruff]\nline-length=100\n"


class TestReadSpec:
    def test_says_nothing_of_an_empty_source(self, tmp_path):
        assert read_spec(tmp_path) == AppSpec()

    @pytest.mark.parametrize(
        ("files", "kind", "notice"),
        [
            ({"requirements.txt": ""}, DependencyKind.REQUIREMENTS, None),
            ({"requirements.txt": "", "pyproject.toml": SILENT}, DependencyKind.REQUIREMENTS, None),
            (
                {"requirements.txt": "", "pyproject.toml": DECLARING},
                DependencyKind.REQUIREMENTS,
                "the dependencies in pyproject",
            ),
            (
                {"requirements.txt": "", "pyproject.toml": DECLARING, "uv.lock": ""},
                DependencyKind.REQUIREMENTS,
                "uv.lock and the",
            ),
            ({"requirements.txt": "", "pyproject.toml": "[["}, DependencyKind.REQUIREMENTS, "not valid TOML"),
            ({"pyproject.toml": DECLARING, "uv.lock": ""}, DependencyKind.UV_LOCK, None),
            ({"pyproject.toml": SILENT, "uv.lock": ""}, DependencyKind.UV_LOCK, None),
            ({"pyproject.toml": DECLARING}, DependencyKind.PYPROJECT, None),
            ({"pyproject.toml": SILENT}, DependencyKind.NONE, None),
            ({"uv.lock": ""}, DependencyKind.NONE, "no pyproject.toml"),
            ({}, DependencyKind.NONE, None),
        ],
    )
    def test_finds_the_file_that_declares_the_packages(self, tmp_path, files, kind, notice):
        for name, text in files.items():
            (tmp_path / name).write_text(text)

        spec = read_spec(tmp_path)

        assert spec.dependencies is kind
        assert (notice in spec.notices[0]) if notice else spec.notices == ()

    def test_brings_everything_together(self, tmp_path):
        (tmp_path / "app.yaml").write_text("command: python app.py\nenv: [{name: A, value: 1}]")
        (tmp_path / "pyproject.toml").write_text(DECLARING + "requires-python = '>=3.13'\n")
        (tmp_path / ".python-version").write_text("3.12")

        spec = read_spec(tmp_path)

        assert spec.command == ("python", "app.py")
        assert spec.env[0].value == "1"
        assert spec.python.specifier == "==3.12.*"
        assert len(spec.notices) == 2

    def test_refuses_a_broken_pyproject_that_something_depends_on(self, tmp_path):
        (tmp_path / "pyproject.toml").write_text("[[")

        with pytest.raises(Failure, match="not valid TOML"):
            read_spec(tmp_path)
