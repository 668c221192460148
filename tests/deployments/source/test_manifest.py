import json

import pytest

from deployments.source.manifest import read_manifest
from deployments.source.reading import read_spec


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
