"""A lock as a software bill of materials in the CycloneDX format (1.6, JSON)."""

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

from deployments.venvs.lock import ArtefactKind, Lock, LockedPackage
from packagerepos.indexes import PYPI

MEDIA_TYPE = "application/vnd.cyclonedx+json; version=1.6"


@dataclass(frozen=True)
class Subject:
    """What the bill is of. ``at`` is when its packages were resolved, ``python`` the version, empty if unknown."""

    name: str
    number: int
    identity: uuid.UUID
    at: datetime
    python: str = ""


def write(lock: Lock, subject: Subject) -> str:
    """The same bill for the same deployment, whenever it is asked for."""
    bom = Bom(serial_number=subject.identity)
    bom.metadata.timestamp = subject.at
    root = Component(
        name=subject.name, version=str(subject.number), type=ComponentType.APPLICATION, bom_ref="app",
        properties=[Property(name="slipway:python", value=subject.python)] if subject.python else [],
    )  # fmt: skip
    bom.metadata.component = root
    components = {package: _component(package) for package in lock.packages}
    bom.components.update(components.values())
    bom.register_dependency(root, [component for package, component in components.items() if package.is_direct])
    return JsonV1Dot6(bom).output_as_string(indent=2)


def _component(package: LockedPackage) -> Component:
    return Component(
        name=package.name,
        version=package.version,
        type=ComponentType.LIBRARY,
        bom_ref=package.name,
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
