import json

import pytest

from deployments.source.manifest import read_manifest
from deployments.source.reading import read_spec
from deployments.source.spec import Declared, DependencyKind


def manifest(value: object) -> str:
    return json.dumps({"version": 1, "environment": {"environment_management": {"python": value}}, "files": {}})


@pytest.mark.parametrize("value", [True, False])
def test_says_whether_packages_are_installed(tmp_path, value):
    (tmp_path / "manifest.json").write_text(manifest(value))

    assert read_manifest(tmp_path).environment_management is value
    assert read_spec(tmp_path).environment_management is value


def test_says_nothing_without_the_field(tmp_path):
    assert read_manifest(tmp_path).environment_management is None

    (tmp_path / "manifest.json").write_text('{"version": 1, "environment": {"python": {"requires": "~=3.11"}}}')
    assert read_manifest(tmp_path).environment_management is None


def test_remarks_on_what_is_neither_true_nor_false(tmp_path):
    (tmp_path / "manifest.json").write_text(manifest("no"))

    assert read_manifest(tmp_path).environment_management is None
    assert "neither true nor false" in " ".join(read_spec(tmp_path).notices)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "7", '{"environment": []}', '{"environment": {"environment_management": 1}}', "[" * 100_000]
)
def test_leaves_the_manifests_of_others_alone(tmp_path, text):
    (tmp_path / "manifest.json").write_text(text)

    assert read_manifest(tmp_path) == type(read_manifest(tmp_path))()


def test_does_not_follow_a_link_out_of_the_source(tmp_path):
    (tmp_path / "elsewhere.json").write_text(manifest(False))
    (tmp_path / "source").mkdir()
    (tmp_path / "source/manifest.json").symlink_to(tmp_path / "elsewhere.json")

    assert read_manifest(tmp_path / "source").environment_management is None


EVERYTHING = {
    "version": 1,
    "metadata": {"appmode": "python-fastapi", "entrypoint": "shop.web:app"},
    "python": {"version": "3.11.7", "package_manager": {"name": "pip", "package_file": "requirements.txt.lock"}},
    "environment": {"python": {"requires": "~=3.11.0"}},
}


class TestOfAConnectClient:
    def test_says_how_the_source_is_served_and_with_what(self, tmp_path):
        (tmp_path / "manifest.json").write_text(json.dumps(EVERYTHING))
        (tmp_path / "requirements.txt.lock").write_text("flask==3.1.0\n")

        spec = read_spec(tmp_path)

        assert spec.declared == Declared("python-fastapi", "shop.web:app")
        assert (spec.dependencies, spec.requirements_file) == (DependencyKind.REQUIREMENTS, "requirements.txt.lock")
        assert (spec.python.specifier, spec.made_with) == ("~=3.11.0", "3.11")
        assert "environment.python.requires" in spec.python.origin

    def test_gives_way_to_what_the_source_says_of_its_python(self, tmp_path):
        (tmp_path / "manifest.json").write_text(json.dumps(EVERYTHING))
        (tmp_path / ".python-version").write_text("3.12")

        assert read_spec(tmp_path).python.specifier == "==3.12.*"

    def test_names_no_file_that_is_not_there(self, tmp_path):
        (tmp_path / "manifest.json").write_text(json.dumps(EVERYTHING))
        (tmp_path / "requirements.txt").write_text("")

        assert read_spec(tmp_path).requirements_file == "requirements.txt"

    @pytest.mark.parametrize("name", ["../outside.txt", "/etc/passwd", "", 7, "a\0b", "x" * 256])
    def test_names_no_file_outside(self, tmp_path, name):
        (tmp_path / "outside.txt").write_text("")
        (tmp_path / "source").mkdir()
        (tmp_path / "source/manifest.json").write_text(
            json.dumps({"python": {"package_manager": {"package_file": name}}})
        )

        assert read_manifest(tmp_path / "source").requirements_file is None

    def test_says_nothing_in_texts_without_end(self, tmp_path):
        long = {"metadata": {"appmode": "python-shiny", "entrypoint": "shiny.express.app:" + "a" * 300}}
        (tmp_path / "manifest.json").write_text(json.dumps(long))

        assert read_manifest(tmp_path).declared == Declared("python-shiny", "")

    def test_remarks_on_a_range_that_is_none(self, tmp_path):
        (tmp_path / "manifest.json").write_text('{"environment": {"python": {"requires": "three"}}}')

        assert read_manifest(tmp_path).python is None
        assert "no range of Python versions" in " ".join(read_spec(tmp_path).notices)

    @pytest.mark.parametrize("version", ["", "three", "2.7.18", "3", "3.11; rm", 3.11])
    def test_was_made_with_a_python_or_with_none(self, tmp_path, version):
        (tmp_path / "manifest.json").write_text(json.dumps({"python": {"version": version}}))

        assert read_manifest(tmp_path).made_with is None
