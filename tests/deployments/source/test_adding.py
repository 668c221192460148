import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

from deployments.source.adding import CannotAdd, checked, checks_hashes, with_requirements
from packagerepos import requirement_files

PYPROJECT = """\
# Kept as it is.
[project]
name = "shop"
version = "1"
dependencies = [
    "flask>=3",  # the web
]
"""


def write(folder: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).write_bytes(text.encode())
    return folder


class TestRequirementsFile:
    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ("flask\n", "flask\nscikit-learn\n"),
            ("flask", "flask\nscikit-learn\n"),
            ("flask\r\npandas", "flask\r\npandas\r\nscikit-learn\r\n"),
            ("", "scikit-learn\n"),
            ("\ufeffflask\n# end", "\ufeffflask\n# end\nscikit-learn\n"),
            ("--index-url https://a.test/simple\nflask\n", "--index-url https://a.test/simple\nflask\nscikit-learn\n"),
        ],
    )
    def test_gets_a_line_and_keeps_the_others(self, tmp_path: Path, before: str, after: str) -> None:
        source = write(tmp_path, {"requirements.txt": before})

        name, content = with_requirements(source, ["scikit-learn"])

        assert (name, content.decode()) == ("requirements.txt", after)
        write(tmp_path, {"requirements.txt": after})
        assert "scikit-learn" in {line.name for line in requirement_files.read(tmp_path).requirements}

    def test_is_made_where_there_is_none(self, tmp_path: Path) -> None:
        source = write(tmp_path, {"app.py": ""})

        assert with_requirements(source, ["pandas", "PyYAML"]) == ("requirements.txt", b"pandas\nPyYAML\n")

    @pytest.mark.parametrize(
        ("text", "why"),
        [
            (f"flask --hash=sha256:{'0' * 64}\n", "checks hashes"),
            ("flask \\\n", "ends with a backslash"),
            ("Scikit_Learn ; sys_platform == 'win32'\n", "asks for scikit-learn already"),
            ("-r nowhere.txt\n", "does not exist in the source"),
        ],
    )
    def test_is_left_alone_where_a_line_would_do_harm(self, tmp_path: Path, text: str, why: str) -> None:
        source = write(tmp_path, {"requirements.txt": text})

        with pytest.raises(CannotAdd, match=why) as refused:
            with_requirements(source, ["scikit-learn"])

        assert refused.value.hint

    def test_in_another_encoding_is_left_alone(self, tmp_path: Path) -> None:
        (tmp_path / "requirements.txt").write_bytes("flask\n".encode("utf-16"))

        with pytest.raises(CannotAdd, match="not UTF-8"):
            with_requirements(tmp_path, ["pandas"])


class TestPyproject:
    def test_gets_an_entry_and_keeps_its_comments(self, tmp_path: Path) -> None:
        source = write(tmp_path, {"pyproject.toml": PYPROJECT})

        name, content = with_requirements(source, ["scikit-learn", 'PyYAML>=6 ; python_version > "3"'])

        assert name == "pyproject.toml"
        assert tomllib.loads(content.decode())["project"]["dependencies"] == [
            "flask>=3", "scikit-learn", 'PyYAML>=6 ; python_version > "3"',
        ]  # fmt: skip
        assert "# Kept as it is." in content.decode()
        assert "# the web" in content.decode()

    @pytest.mark.parametrize(
        ("text", "why"),
        [
            (PYPROJECT.replace("flask>=3", "scikit_learn<1"), "asks for scikit-learn already"),
            ('[project]\nname = "a"\nversion = "1"\ndynamic = ["dependencies"]\n', "does not list its packages"),
            ('[tool.poetry.dependencies]\nflask = "^3"\n', "does not list its packages"),
        ],
    )
    def test_is_left_alone_where_it_cannot_be_added(self, tmp_path: Path, text: str, why: str) -> None:
        with pytest.raises(CannotAdd, match=why):
            with_requirements(write(tmp_path, {"pyproject.toml": text}), ["scikit-learn"])

    def test_takes_a_line_with_hashes_where_all_others_have_some(self, tmp_path: Path) -> None:
        old, new = (f"{name}==1 --hash=sha256:{'0' * 64}" for name in ("flask", "pandas"))
        source = write(tmp_path, {"requirements.txt": f"{old}\n"})

        assert checks_hashes(source)
        assert with_requirements(source, [new]) == ("requirements.txt", f"{old}\n{new}\n".encode())
        with pytest.raises(CannotAdd, match=r"asks for flask==1 --hash"):
            with_requirements(source, [old])

    def test_with_a_lock_is_left_alone(self, tmp_path: Path) -> None:
        source = write(tmp_path, {"pyproject.toml": PYPROJECT, "uv.lock": "version = 1\n"})

        with pytest.raises(CannotAdd, match=r"has a uv\.lock") as refused:
            with_requirements(source, ["pandas"])

        assert "uv add pandas" in refused.value.hint


class TestChecked:
    @pytest.mark.parametrize("line", ["pandas", " pandas>=2.2 ", "uvicorn[standard]", "a ; python_version < '3'"])
    def test_takes_names_versions_extras_and_markers(self, line: str) -> None:
        assert checked(line) == line.strip()

    @pytest.mark.parametrize(
        "line",
        ["", "--index-url https://evil.test", "a\n--pre", "a @ https://evil.test/a.whl", "./a", "a" * 300, "a b", "\0"],
    )
    def test_refuses_everything_else(self, line: str) -> None:
        with pytest.raises(CannotAdd, match="is not a requirement"):
            checked(line)
