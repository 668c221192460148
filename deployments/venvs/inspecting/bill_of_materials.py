"""A lock as a software bill of materials in the CycloneDX format (1.6, JSON)."""

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from cyclonedx.exception.model import InvalidUriException
from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, Property, XsUri
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from deployments.venvs.inspecting.needs import Needs
from deployments.venvs.lock import ArtefactKind, Lock, LockedPackage, Origin
from packagerepos.indexes import PYPI

MEDIA_TYPE = "application/vnd.cyclonedx+json; version=1.6"
#: What refers to the app itself.
ROOT = "app"
ASKED_FOR = (Origin.REQUIREMENTS, Origin.PLATFORM)
GIVEN = (Origin.BASE_IMAGE, Origin.EXTERNAL)


@dataclass(frozen=True)
class Subject:
    """What the bill is of. ``at`` is when its packages were resolved, ``python`` the version, empty if unknown."""

    name: str
    number: int
    identity: uuid.UUID
    at: datetime
    python: str = ""


def write(lock: Lock, subject: Subject, needs: Needs | None = None) -> str:
    """The same bill for the same deployment, whenever it is asked for. ``needs`` is ``None`` if not known."""
    bom = Bom(serial_number=subject.identity)
    bom.metadata.timestamp = subject.at
    root = Component(
        name=subject.name, version=str(subject.number), type=ComponentType.APPLICATION, bom_ref=ROOT,
        properties=[Property(name="slipway:python", value=subject.python)] if subject.python else [],
    )  # fmt: skip
    bom.metadata.component = root
    components = {package.name: _component(package) for package in lock.packages}
    bom.components.update(components.values())
    bom.register_dependency(root, [components[name] for name in sorted(_direct(lock, needs))])
    for name, needed in (needs.of if needs else {}).items():
        bom.register_dependency(components[name], [components[each] for each in needed])
    # The library writes no compositions yet.
    bill = json.loads(JsonV1Dot6(bom).output_as_string())
    return json.dumps(bill | {"compositions": [_composition(lock, needs)]}, indent=2)


def _ref(name: str) -> str:
    """There is a package called "app", too."""
    return f"{name} (package)" if name == ROOT else name


def _direct(lock: Lock, needs: Needs | None) -> set[str]:
    """What is there for the app itself: asked for, or given to it and needed by nothing else."""
    if needs is None:
        return {package.name for package in lock.packages if package.is_direct}
    roots = {package.name for package in lock.packages if package.origin in ASKED_FOR} | set(needs.asked)
    given = {package.name for package in lock.packages if package.origin in GIVEN} - needs.reached(roots)
    roots |= {name for name in given if not given.intersection(needs.needing(name))}
    # A circle of them that nothing leads to begins somewhere.
    for name in sorted(given):
        if name not in needs.reached(roots):
            roots.add(name)
    return roots


def _composition(lock: Lock, needs: Needs | None) -> dict[str, object]:
    """Whether the dependencies above are all that there are."""
    names = {package.name for package in lock.packages}
    if needs is None:
        word = "unknown"
    else:
        is_complete = needs.reached(_direct(lock, needs)) >= names and needs.of.keys() >= names
        word = "complete" if is_complete else "incomplete"
    return {"aggregate": word, "dependencies": [ROOT, *map(_ref, sorted(names))]}


def _component(package: LockedPackage) -> Component:
    return Component(
        name=package.name,
        version=package.version,
        type=ComponentType.LIBRARY,
        bom_ref=_ref(package.name),
        purl=_purl(package),
        hashes=list(_hashes(package)),
        external_references=list(_references(package)),
        properties=[Property(name="slipway:origin", value=str(package.origin))],
    )


def _purl(package: LockedPackage) -> PackageURL:
    qualifiers: dict[str, str] = {}
    if package.index is not None and package.index.rstrip("/") != PYPI:
        qualifiers["repository_url"] = package.index
    elif package.kind is ArtefactKind.VCS:
        qualifiers["vcs_url"] = f"{package.public_url}@{package.commit}"
    elif package.index is None and package.kind in {ArtefactKind.WHEEL, ArtefactKind.SDIST}:
        qualifiers["download_url"] = package.public_url
    return PackageURL("pypi", name=package.name, version=package.version, qualifiers=qualifiers)


def _hashes(package: LockedPackage) -> Iterator[HashType]:
    # A folder's is of our own making; nobody else could compare it with anything.
    if package.sha256 and package.kind is not ArtefactKind.DIRECTORY:
        yield HashType(alg=HashAlgorithm.SHA_256, content=package.sha256)


def _references(package: LockedPackage) -> Iterator[ExternalReference]:
    named = [(_type_of(package), package.public_url)]
    named += [(ExternalReferenceType.DISTRIBUTION_INTAKE, package.index)] if package.index else []
    for kind, address in named:
        if "://" not in address:
            continue
        try:
            yield ExternalReference(type=kind, url=XsUri(address))
        except InvalidUriException:
            continue


def _type_of(package: LockedPackage) -> ExternalReferenceType:
    return ExternalReferenceType.VCS if package.kind is ArtefactKind.VCS else ExternalReferenceType.DISTRIBUTION
