"""What is needed, by metadata that the tests write."""

from pathlib import Path

import pytest

from deployments.venvs.inspecting import needs
from deployments.venvs.inspecting.needs import Needs
from deployments.venvs.store.skeleton import site_packages

MARKERS = {"python_version": "3.11", "python_full_version": "3.11.4", "sys_platform": "linux"}


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    (tmp_path / "lib/python3.11/site-packages").mkdir(parents=True)
    return tmp_path


def install(environment: Path, name: str, *requires: str) -> None:
    folder = site_packages(environment) / f"{name}-1.0.dist-info"
    folder.mkdir()
    lines = [f"Requires-Dist: {text}\n" for text in requires]
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{''.join(lines)}\nText\n")


class TestRead:
    def test_tells_who_needs_whom(self, environment: Path) -> None:
        install(environment, "web", "Engine_X[fast]>=1", "old ; python_version < '3'", "absent", "not a requirement")
        extras = ("speedups ; extra == 'fast'", "docs ; extra == 'docs'")
        install(environment, "engine_x", "parts", *extras, "engine-x[all]")
        for name in ("old", "parts", "speedups", "docs"):
            install(environment, name)
        names = ["web", "engine-x", "old", "parts", "speedups", "docs", "system"]

        found = needs.read(environment, names, ["Web"], MARKERS, {"system": ["parts", "web ; sys_platform == 'win32'"]})

        assert found == Needs(
            ["web"],
            {
                "docs": [], "engine-x": ["parts", "speedups"], "old": [], "parts": [], "speedups": [],
                "system": ["parts"], "web": ["engine-x"],
            },
        )  # fmt: skip
        assert Needs.from_json(found.to_json()) == found
        assert (found.needing("parts"), found.reached(["web"])) == (
            ["engine-x", "system"], {"web", "engine-x", "parts", "speedups"},
        )  # fmt: skip

    def test_takes_the_extras_that_are_asked_for(self, environment: Path) -> None:
        install(environment, "server", "fast ; extra == 'standard'", "slow ; extra == 'other'")
        for name in ("fast", "slow"):
            install(environment, name)
        asked = ["server[Standard] >= 1", "server[other] ; python_version < '3'", "-e ./somewhere"]

        found = needs.read(environment, ["server", "fast", "slow"], asked, MARKERS, {})

        assert found.of == {"fast": [], "server": ["fast"], "slow": []}

    def test_knows_nothing_of_what_it_does_not_find(self, environment: Path) -> None:
        install(environment, "web", "elsewhere", "odd ; python_version ~= 'x'", "odd ; nothing == '1'")

        assert needs.read(environment, ["web", "elsewhere"], [], MARKERS, {}) == Needs([], {"web": ["elsewhere"]})

    def test_gives_up_where_too_much_is_listed(self, environment: Path) -> None:
        extras = [f"big[e{number}]" for number in range(1000)]
        install(environment, "big", *extras)

        with pytest.raises(needs.TooMuch):
            needs.read(environment, ["big"], [], MARKERS, {})

        assert needs.closure(environment, ["big"], MARKERS) == {}


class TestClosure:
    def test_follows_what_holds_for_the_interpreter(self, environment: Path) -> None:
        install(environment, "web", "Engine_X[fast]>=1", "old ; python_version < '3'", "absent", "not a requirement")
        install(environment, "engine_x", "parts", "speedups ; extra == 'fast'", "docs ; extra == 'docs'", "web")
        for name in ("old", "parts", "speedups", "docs", "other"):
            install(environment, name)

        assert needs.closure(environment, ["web"], MARKERS) == {
            "engine-x": "web", "parts": "engine-x", "speedups": "engine-x",
        }  # fmt: skip

    def test_of_what_is_not_there_is_nothing(self, environment: Path) -> None:
        assert needs.closure(environment, ["web"], MARKERS) == {}

    def test_goes_on_where_metadata_cannot_be_read(self, environment: Path) -> None:
        install(environment, "web", "engine", "broken")
        install(environment, "engine")
        install(environment, "broken")
        (site_packages(environment) / "broken-1.0.dist-info/METADATA").write_bytes(b"\xff\xfe\x00")

        assert needs.closure(environment, ["web"], MARKERS) == {"engine": "web", "broken": "web"}
