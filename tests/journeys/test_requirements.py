"""What pip's requirement files can say, said to the whole platform: what is installed, and what the lock remembers."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.journeys.platform import Platform

#: Answers with the versions of everything that is installed beside it, by name.
APP = """
import http.server, importlib.metadata, json, os
found = {one.metadata["Name"].lower(): one.version for one in importlib.metadata.distributions()}
class Versions(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(json.dumps(found).encode())
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Versions).serve_forever()
"""
PYPI = "https://pypi.org/simple"
IDNA = (
    "https://files.pythonhosted.org/packages/e5/3e/741d8c82801c347547f8a2a06aa57dbb1992be9e948df2ea0eda2c8b79e8/"
    "idna-3.7-py3-none-any.whl"
)
IDNA_SHA256 = "82fee1fc78add43492d3a1898bfa6d8a904cc97d8427f683ed8e798d07761aa0"
BUILD_SYSTEM = '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
#: A project of the upload: flat, pure, built with what every build needs anyway.
LOCAL_PROJECT = {
    "libs/greeting/pyproject.toml": f'{BUILD_SYSTEM}[project]\nname = "greeting"\nversion = "4.2"\n'
    'dependencies = ["iniconfig==2.0.0"]\n',
    "libs/greeting/greeting.py": "HELLO = 'hello'\n",
}
PYPROJECT = '[project]\nname = "shop"\nversion = "1"\nrequires-python = ">=3.8"\n'
UV_LOCK = """version = 1
revision = 3
requires-python = ">=3.8"

[[package]]
name = "idna"
version = "3.7"
source = { registry = "https://pypi.org/simple" }
sdist = { url = "https://files.pythonhosted.org/packages/21/ed/f86a79a07470cb07819390452f178b3bef1d375f2ec021ecfc709fc7cf07/idna-3.7.tar.gz", hash = "sha256:028ff3aadf0609c1fd278d8ea3089299412a7a8b9bd005dd08b9f8285bcb5cfc", size = 189575 }
wheels = [
    { url = "https://files.pythonhosted.org/packages/e5/3e/741d8c82801c347547f8a2a06aa57dbb1992be9e948df2ea0eda2c8b79e8/idna-3.7-py3-none-any.whl", hash = "sha256:82fee1fc78add43492d3a1898bfa6d8a904cc97d8427f683ed8e798d07761aa0", size = 66836 },
]

[[package]]
name = "shop"
version = "1"
source = { virtual = "." }
dependencies = [
    { name = "idna" },
]

[package.metadata]
requires-dist = [{ name = "idna", specifier = ">=3" }]
"""  # noqa: E501


@dataclass(frozen=True)
class Asked:
    """What one source declares. ``installed`` are versions by name; ``None`` is one that must not be there."""

    files: Mapping[str, str]
    installed: Mapping[str, str | None]
    kinds: Mapping[str, str] = field(default_factory=dict)


ASKED = {
    "files": Asked(
        {
            "requirements.txt": "-r more/base.txt\n-c pins.txt\niniconfig ; python_version >= '3.8'\n"
            "colorama ; sys_platform == 'win32'\n",
            "more/base.txt": "-r deeper.txt\n",
            "more/deeper.txt": "idna  # whatever the pins say\n",
            "pins.txt": "idna==3.6\niniconfig==1.1.1\ncolorama==0.4.6\n",
        },
        {"idna": "3.6", "iniconfig": "1.1.1", "colorama": None},
    ),
    "extras": Asked(
        {"requirements.txt": "PySocks<1.7.1\nrequests[socks]==2.32.3\n"}, {"requests": "2.32.3", "pysocks": "1.7.0"}
    ),
    # Without the option it would be 7.1.2.
    "pre": Asked({"requirements.txt": "--pre\nclick>=7,!=8.0.0,<8.0.1\n"}, {"click": "8.0.0rc1"}),
    "no-binary": Asked(
        {"requirements.txt": "--no-binary iniconfig\niniconfig==2.0.0\nidna==3.7\n"},
        {"iniconfig": "2.0.0", "idna": "3.7"}, {"iniconfig": "sdist", "idna": "wheel"},
    ),
    "hash": Asked(
        {"requirements.txt": f"idna==3.7 \\\n    --hash=sha256:{IDNA_SHA256}\n"}, {"idna": "3.7"}, {"idna": "wheel"}
    ),
    "address": Asked({"requirements.txt": f"idna @ {IDNA}\n"}, {"idna": "3.7"}, {"idna": "wheel"}),
    "editable": Asked(
        {"requirements.txt": "-e ./libs/greeting\n", **LOCAL_PROJECT},
        {"greeting": "4.2", "iniconfig": "2.0.0"}, {"greeting": "directory"},
    ),
    "editable-self": Asked(
        {
            "requirements.txt": "-e .[loud]\n",
            "pyproject.toml": f'{BUILD_SYSTEM}{PYPROJECT}dynamic = ["dependencies"]\n'
            '[project.optional-dependencies]\nloud = ["iniconfig==2.0.0"]\n'
            '[tool.setuptools]\npy-modules = ["app"]\n'
            '[tool.setuptools.dynamic]\ndependencies = { file = "wanted.txt" }\n',
            "wanted.txt": "idna==3.6\n",
        },
        {"shop": "1", "idna": "3.6", "iniconfig": "2.0.0"},
    ),
    "pyproject": Asked({"pyproject.toml": f'{PYPROJECT}dependencies = ["idna<3.7"]\n'}, {"idna": "3.6", "shop": None}),
    "uv-lock": Asked(
        {"pyproject.toml": f'{PYPROJECT}dependencies = ["idna>=3"]\n', "uv.lock": UV_LOCK},
        {"idna": "3.7", "shop": None},
    ),
    "wins": Asked(
        {"pyproject.toml": f'{PYPROJECT}dependencies = ["iniconfig"]\n', "requirements.txt": "idna==3.7\n"},
        {"idna": "3.7", "iniconfig": None},
    ),
    "nothing": Asked({}, {"pip": None, "idna": None}),
}  # fmt: skip


@pytest.fixture(scope="module")
def deployed(platform: Platform) -> Iterator[dict[str, dict[str, Any]]]:
    """Every source in an app of its own, all at once."""
    for case in ASKED:
        platform.create(f"req-{case}")
    numbers = {f"req-{case}": platform.deploy(f"req-{case}", {"app.py": APP, **ASKED[case].files}) for case in ASKED}
    decided = platform.wait_all(numbers)
    yield {case: decided[f"req-{case}"] for case in ASKED}
    platform.remove(numbers)


@pytest.fixture(scope="module")
def locks(platform: Platform, deployed: Mapping[str, object]) -> dict[str, dict[str, dict[str, Any]]]:
    found = platform.locks(f"req-{case}" for case in deployed)
    return {name.removeprefix("req-"): lock for name, lock in found.items()}


@pytest.mark.parametrize("case", ASKED)
class TestRequirements:
    def test_install_exactly_what_they_say(
        self, platform: Platform, deployed: dict[str, dict[str, Any]], case: str
    ) -> None:
        assert deployed[case]["state"] == "active", (deployed[case]["failure"], platform.log(f"req-{case}", 1))

        found = platform.get(f"req-{case}").json()

        assert {name: found.get(name) for name in ASKED[case].installed} == ASKED[case].installed

    def test_are_locked_to_what_was_installed(
        self, platform: Platform, locks: dict[str, dict[str, dict[str, Any]]], case: str
    ) -> None:
        found = platform.get(f"req-{case}").json()

        # The version of a folder is known only when it is built.
        pinned = {name: package["version"] or found[name] for name, package in locks[case].items()}

        assert pinned == found

    def test_leave_hashes_and_the_index_in_the_lock(
        self, locks: dict[str, dict[str, dict[str, Any]]], case: str
    ) -> None:
        for package in locks[case].values():
            assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", found) for found in package["hashes"])
            assert package["hashes"]
            is_named_directly = package["kind"] == "directory" or case == "address"
            assert package["index"] == (None if is_named_directly else PYPI)
        assert {name: locks[case][name]["kind"] for name in ASKED[case].kinds} == ASKED[case].kinds


class TestHash:
    def test_is_the_one_that_was_asked_for(self, locks: dict[str, dict[str, dict[str, Any]]]) -> None:
        assert locks["hash"]["idna"]["hashes"] == [f"sha256:{IDNA_SHA256}"]
        assert locks["address"]["idna"]["hashes"] == [f"sha256:{IDNA_SHA256}"]


class TestSameRequirements:
    def test_are_not_resolved_again_for_another_app(
        self, platform: Platform, deployed: dict[str, dict[str, Any]]
    ) -> None:
        platform.create("req-again")

        again = platform.run("req-again", {"app.py": APP + "# changed\n", **ASKED["files"].files})

        assert again["environment"] == deployed["files"]["environment"]
        assert "their lock is used again" in platform.log("req-again", 1)
        platform.remove(["req-again"])
