"""The shipped images hold what their makers' lists say, and their pinned lists are whole."""

import re
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from deployments.venvs.shipped_images import ShippedImage, shipped
from tests.deployments.venvs import shipped_pins

PUBLISHED = tomllib.loads(Path(__file__).with_name("published_lists.toml").read_text("utf-8"))
IMAGES = {image.name: image for image in shipped()}
#: Each line of a pinned list with the hashes that follow it.
LINE = re.compile(r"^(?P<pin>[^#\s][^\\\n]*?) \\\n(?P<hashes>(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n?)+)", re.M)
HASH = re.compile(r"--hash=(sha256:[0-9a-f]{64})")
TARGETS = (("3.10", "x86_64"), ("3.11", "x86_64"), ("3.12", "x86_64"))
Resolved = dict[tuple[str, str, str], list[dict[str, Any]]]


def pins(image: ShippedImage, python: str) -> dict[str, str]:
    """The versions that the pinned list has for a Python, by name."""
    asked = [Requirement(found["pin"]) for found in LINE.finditer(image.requirements + "\n")]
    applying = [each for each in asked if each.marker is None or each.marker.evaluate({"python_version": python})]
    assert len({each.name for each in applying}) == len(applying)
    return {each.name: str(each.specifier).removeprefix("==") for each in applying}


class TestShipped:
    def test_are_clean_apps_and_inference(self) -> None:
        assert IMAGES.keys() == {"clean", "apps", "inference"}
        assert (IMAGES["clean"].libraries, IMAGES["clean"].requirements, IMAGES["clean"].pythons) == ((), "", ())
        assert IMAGES["apps"].pythons == IMAGES["inference"].pythons == ("3.10", "3.11", "3.12")


@pytest.mark.parametrize("name", PUBLISHED)
class TestLibraries:
    def test_are_those_of_the_published_list_at_its_versions(self, name: str) -> None:
        published = dict(line.partition(" ")[::2] for line in PUBLISHED[name]["libraries"])
        ours = dict(line.split("==") for line in IMAGES[name].libraries)

        assert ours.keys() == published.keys()
        assert {library: ours[library] for library, version in published.items() if version} == {
            library: version for library, version in published.items() if version
        }

    def test_head_the_pinned_list(self, name: str) -> None:
        listed = [line.removesuffix(" \\") for line in IMAGES[name].requirements.splitlines() if "==" in line]
        libraries = IMAGES[name].libraries

        assert tuple(listed[: len(libraries)]) == libraries


@pytest.mark.parametrize("name", PUBLISHED)
class TestPinnedList:
    def test_has_nothing_without_a_hash(self, name: str) -> None:
        text = IMAGES[name].requirements
        left = [line for line in LINE.sub("", text + "\n").splitlines() if line and not line.startswith("#")]

        assert left == []

    @pytest.mark.parametrize(("python", "machine"), TARGETS)
    def test_is_all_that_the_libraries_need(self, name: str, python: str, machine: str, found: Resolved) -> None:
        """Asked of PyPI under these pins, they lead to exactly these, and each has a file that the list allows."""
        packages, allowed = found[name, python, machine], hashes(IMAGES[name])

        assert {package["name"]: package["version"] for package in packages} == pins(IMAGES[name], python)
        for package in packages:
            offered = set(shipped_pins.hashes_of(package, python, machine))
            assert offered & allowed[package["name"]], package["name"]

    @pytest.mark.parametrize(("python", "machine"), TARGETS)
    def test_has_wheels_of_all_but_thrift(self, name: str, python: str, machine: str, found: Resolved) -> None:
        packages = found[name, python, machine]

        bare = [package["name"] for package in packages if not shipped_pins.has_wheel(package, python, machine)]

        assert bare == (["thrift"] if name == "apps" else [])


def hashes(image: ShippedImage) -> dict[str, set[str]]:
    """What the pinned list allows of each package, whichever the Python."""
    allowed: dict[str, set[str]] = {}
    for line in LINE.finditer(image.requirements + "\n"):
        allowed.setdefault(Requirement(line["pin"]).name, set()).update(HASH.findall(line["hashes"]))
    return allowed


@pytest.fixture(scope="module")
def found() -> Resolved:
    """The network is waited for once."""
    asked = [(name, python, machine) for name in PUBLISHED for python, machine in TARGETS]

    def resolve(what: tuple[str, str, str]) -> list[dict[str, Any]]:
        name, python, machine = what
        return shipped_pins.resolved(IMAGES[name], python, machine, IMAGES[name].requirements)

    with ThreadPoolExecutor(4) as pool:
        return dict(zip(asked, pool.map(resolve, asked), strict=True))
