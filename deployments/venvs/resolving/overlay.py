"""An app's own packages laid over the libraries of its base image, name by name, as pip does in such an image.

The two are never resolved together: a library that the app never asked for can neither make a build fail nor move a
version. What it leaves with an unmet need is told (``unmet``).
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from importlib.metadata import PathDistribution
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from deployments.failures import Failure, FailureKind
from deployments.venvs.interpreters import Interpreter
from deployments.venvs.lock import ArtefactKind, Lock, LockedPackage, Origin
from deployments.venvs.system_site import SystemPackage
from packagerepos.policy import ProhibitedAction, Rules

#: The file belongs to whoever wrote the wheel; honest ones have some hundred kilobytes at most.
MAX_METADATA_BYTES = 4 * 1024 * 1024


def over(image: Lock, own: Iterable[LockedPackage]) -> tuple[LockedPackage, ...]:
    """The packages of both; of two with the same name the app's."""
    below = {package.name: _of_image(package) for package in image.packages}
    return tuple((below | {package.name: package for package in own}).values())


def _of_image(package: LockedPackage) -> LockedPackage:
    return package if package.origin is Origin.EXTERNAL else replace(package, origin=Origin.BASE_IMAGE)


def ruled(image: Lock, rules: Rules, installed: Mapping[str, SystemPackage], interpreter: Interpreter) -> Lock:
    """The image as the rules leave it where the app is built; what becomes of whose copy is told in its notices.

    ``installed`` are the external packages that the interpreter has. Raises ``Failure`` where prohibited packages
    refuse a build.
    """
    return _with_external(_permitted(image, rules), rules, installed, interpreter)


def _with_external(image: Lock, rules: Rules, installed: Mapping[str, SystemPackage], interpreter: Interpreter) -> Lock:
    """What is external is never installed, so the image's copy goes. The interpreter's own takes its place.

    Where it has none the copy goes all the same, but the build does not fail: maybe the app never asks for it.
    """
    packages, notices = list[LockedPackage](), list[str]()
    for package in image.packages:
        rule, own = rules.external_of(package.name), installed.get(package.name)
        if rule is None or (rules.matches_versions and (own is None or own.version != package.version)):
            packages.append(package)
            continue
        copy = f"{package.name} {package.version or ''}".rstrip()
        if own is None:
            notices.append(
                f"{copy} of the base image is left out: {rule.excludes}, "
                f"but Python {interpreter.version} does not have it."
            )
            continue
        packages.append(LockedPackage(own.name, own.version, ArtefactKind.EXTERNAL, "", origin=Origin.EXTERNAL))
        notices.append(
            f"{copy} of the base image is left out: {rule.excludes}, and Python's own {own.version} takes its place."
        )
    return Lock(tuple(packages), (*image.notices, *notices))


def _permitted(image: Lock, rules: Rules) -> Lock:
    banned = {package.name: rule for package in image.packages if (rule := rules.prohibiting(package.name))}
    if banned and rules.prohibited_action is ProhibitedAction.REFUSE:
        rule = next(iter(banned.values()))
        raise Failure(
            FailureKind.PROHIBITED_PACKAGE,
            f"{rule.prohibits}, and the app's base image holds it.",
            "Choose another base image for the app, or ask an admin about the list.",
        )
    notices = [f"{rule.prohibits} and was left out of the base image." for rule in banned.values()]
    return Lock(tuple(package for package in image.packages if package.name not in banned), tuple(notices))


def preferences(image: Lock, form: str) -> str:
    """The image's versions as the output file of an earlier resolution: the resolver keeps to them where it can.

    ``form`` is "pylock.toml" or "requirements.txt".
    """
    pins = [(package.name, package.version) for package in image.packages if package.version]
    if form == "requirements.txt":
        return "".join(f"{name}=={version}\n" for name, version in pins)
    # JSON strings are TOML strings.
    blocks = [f"[[packages]]\nname = {json.dumps(name)}\nversion = {json.dumps(version)}\n" for name, version in pins]
    return "\n".join(['lock-version = "1.0"\ncreated-by = "slipway"\n', *blocks])


def unmet(lock: Lock, site_packages: Path, interpreter: Interpreter) -> tuple[str, ...]:
    """What pre-installed libraries of an installed ``lock`` need and do not have, a sentence for each."""
    versions = {package.name: package.version for package in lock.packages}
    preinstalled = {package.name for package in lock.packages if package.origin is Origin.BASE_IMAGE}
    found = (
        _sentence(name, versions, need)
        for name, needs in sorted(_needs(site_packages, preinstalled))
        for need in needs
        if _applies(need, interpreter) and not _is_met(need, versions)
    )
    return tuple(found)


def _needs(site_packages: Path, names: set[str]) -> Iterator[tuple[str, list[Requirement]]]:
    for folder in site_packages.glob("*.dist-info"):
        name = canonicalize_name(folder.name.partition("-")[0])
        metadata = folder / "METADATA"
        if name in names and metadata.is_file() and metadata.stat().st_size <= MAX_METADATA_BYTES:
            yield name, list(_read(PathDistribution(folder).requires or ()))


def _read(texts: Iterable[str]) -> Iterator[Requirement]:
    for text in texts:
        try:
            yield Requirement(text)
        except InvalidRequirement:
            continue


def _applies(need: Requirement, interpreter: Interpreter) -> bool:
    return need.marker is None or need.marker.evaluate({**interpreter.markers, "extra": ""})


def _is_met(need: Requirement, versions: dict[str, str | None]) -> bool:
    name = canonicalize_name(need.name)
    if name not in versions:
        return False
    version = versions[name]
    # Of what only building tells the version of, nothing is known.
    return version is None or need.specifier.contains(version, prereleases=True)


def _sentence(name: str, versions: dict[str, str | None], need: Requirement) -> str:
    version = versions.get(canonicalize_name(need.name))
    has = f"the app has {version}" if version else "the app does not have it"
    wanted = f"{need.name} {need.specifier}".strip()
    return f"{name} {versions[name]}, which is pre-installed, wants {wanted}, but {has}. It may not work."
