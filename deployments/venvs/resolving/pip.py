"""pip as the resolver: which versions it would install. uv then looks up the files of these versions, with hashes.

So an app that asks for pip gets pip's answer with the same lock, and no version from an index that does not count.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from virtualenv.seed.wheels.embed import get_embed_wheel

from deployments.failures import Failure, FailureKind
from deployments.venvs import explain
from deployments.venvs.interpreters import Interpreter
from packagerepos.indexes import Indexes
from packagerepos.requirements import Requirements

#: It has settings of its own in pip.conf, and nothing of the machine's.
ENVIRONMENT = {"PIP_NO_INPUT": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_COLOR": "1"}
SHOWN_CHARACTERS = 1200


@dataclass(frozen=True)
class Chosen:
    """One package of pip's answer. ``pin`` is ``name==1.0``, or ``name @ address`` for what was named directly."""

    name: str
    version: str
    pin: str
    requires: tuple[str, ...]

    @property
    def is_direct(self) -> bool:
        return " @ " in self.pin


def wheel(interpreter: Interpreter) -> Path:
    """A pip that runs on ``interpreter``, as a file. Raises ``Failure``."""
    embedded = get_embed_wheel("pip", interpreter.minor)
    bundled = sorted(interpreter.prefix.glob(f"lib/python{interpreter.minor}/ensurepip/_bundled/pip-*.whl"))
    if embedded is not None:
        return Path(embedded.path)
    if bundled:
        return bundled[-1]
    raise Failure(
        FailureKind.NO_INTERPRETER,
        f"There is no pip here that runs on Python {interpreter.version}.",
        "Let uv install the packages of this app, or ask for another Python in .python-version.",
    )


def command(
    pip: Path, inputs: Path, constraints: Path, *, python: Path, report: Path, cache_dir: Path, options: Sequence[str]
) -> list[str]:
    """What would be installed for ``inputs``, into the file ``report``; what the interpreter has does not count."""
    return [
        str(python), "-I", f"{pip}/pip", "install", "--dry-run", "--ignore-installed", "--progress-bar", "off",
        "--report", str(report), "--cache-dir", str(cache_dir / "pip"), "-r", str(inputs), "-c", str(constraints),
        *options,
    ]  # fmt: skip


def options(read: Requirements, indexes: Indexes, tree: Path) -> list[str]:
    """What requirement files say about formats, and the folders of files inside the source ``tree``."""
    return [
        *(word for name in read.no_binary for word in ("--no-binary", name)),
        *(word for name in read.only_binary for word in ("--only-binary", name)),
        *(["--pre"] if read.pre else []),
        *(["--prefer-binary"] if read.prefer_binary else []),
        *(word for link in indexes.find_links if link.startswith("./") for word in ("--find-links", str(tree / link))),
    ]


def read_report(text: str) -> tuple[Chosen, ...]:
    """The packages of a report (https://pip.pypa.io/en/stable/reference/installation-report/)."""
    return tuple(_chosen(item) for item in json.loads(text)["install"])


def needers(chosen: Sequence[Chosen], markers: Mapping[str, str]) -> Mapping[str, str]:
    """Who needs a package, for each that another one needs without an extra."""
    return {name: one.name for one in reversed(chosen) for name in _needs(one, markers)}


def failure(output: str, python: str) -> Failure:
    """Why pip found no answer."""
    if match := re.search(r"Package '([^']+)' requires a different Python: \S+ not in '([^']+)'", output):
        return explain.needs_python(match[1], match[2], python)
    if match := re.search(r"No matching distribution found for ([^\s;]+)", output):
        return _not_found(match[1], output, python)
    if "ResolutionImpossible" in output or "conflicting dependencies" in output:
        causes = re.search(r"The conflict is caused by:\n((?:    .*\n?)+)", output)
        premises = "; ".join(line.strip() for line in causes[1].splitlines()) if causes else "pip does not say which"
        return Failure(
            FailureKind.CONFLICT,
            f"The requirements contradict each other: {premises[:SHOWN_CHARACTERS]}.",
            "Loosen or change one of the requirements named here.",
        )
    return explain.resolution_failure(output, python)


def _not_found(asked: str, output: str, python: str) -> Failure:
    ignored = re.search(r"versions that require a different python version: ([^\n]+)", output)
    pythons = dict(re.findall(r"(\S+) Requires-Python ([^;]+)", ignored[1])) if ignored else {}
    if wanted := pythons.get(asked.partition("==")[2]):
        return explain.needs_python(asked, wanted.strip(), python)
    versions = re.search(r"\(from versions: ([^)]*)\)", output)
    have = versions[1].split(", ")[-5:] if versions and versions[1] != "none" else []
    hint = (
        f"The newest there are for Python {python} on this machine: {', '.join(have)}."
        if have
        else f"Check the spelling, the index, and whether it has a file for Python {python} on this machine."
    )
    return Failure(FailureKind.PACKAGE_NOT_FOUND, f"pip found nothing that is {asked}.", hint)


def _chosen(item: Mapping[str, Any]) -> Chosen:
    metadata = item["metadata"]
    name = canonicalize_name(metadata["name"])
    pin = f"{name} @ {_address(item['download_info'])}" if item["is_direct"] else f"{name}=={metadata['version']}"
    return Chosen(name, metadata["version"], pin, tuple(metadata.get("requires_dist", ())))


def _address(info: Mapping[str, Any]) -> str:
    vcs = info.get("vcs_info")
    url = f"{vcs['vcs']}+{info['url']}@{vcs['commit_id']}" if vcs else info["url"]
    return f"{url}#subdirectory={info['subdirectory']}" if info.get("subdirectory") else str(url)


def _needs(one: Chosen, markers: Mapping[str, str]) -> Iterator[str]:
    for text in one.requires:
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            continue
        if requirement.marker is None or requirement.marker.evaluate({**markers, "extra": ""}):
            yield canonicalize_name(requirement.name)
