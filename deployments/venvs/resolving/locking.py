"""From what a source asks for to the exact packages it gets."""

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from deployments.failures import Failure, FailureKind
from deployments.source.spec import DependencyKind
from deployments.venvs import explain
from deployments.venvs.lock import ArtefactKind, Lock, LockedPackage, Origin
from deployments.venvs.resolving import mirrors, overlay, pip_resolver
from deployments.venvs.resolving.inputs import requirement_inputs, tree_of
from deployments.venvs.resolving.request import LockRequest, request_key
from deployments.venvs.resolving.resolver import Answer, Resolver
from deployments.venvs.workbench import OnLine, ShouldStop, Workbench
from packagerepos.policy import Installer

__all__ = ["LockRequest", "lock", "request_key"]


def lock(
    request: LockRequest,
    workbench: Workbench,
    on_line: OnLine | None = None,
    should_stop: ShouldStop | None = None,
) -> Lock:
    """Resolve ``request``. Raises ``Failure`` with what is wrong, and ``shell.Stopped``."""
    image = overlay.ruled(request.image, request.rules, request.installed, request.interpreter)
    request = replace(request, image=image)
    try:
        own = _resolve_own(request, workbench, on_line, should_stop)
    except Failure as failure:
        raise _with_newest(failure, request, workbench, should_stop) from None
    added = _resolve_additions(request, own.packages, workbench, on_line, should_stop)
    direct = request.direct_names
    packages = [
        package
        if package.origin in {Origin.PLATFORM, Origin.EXTERNAL}
        else replace(package, origin=Origin.REQUIREMENTS if _is_direct(package, direct) else Origin.TRANSITIVE)
        for package in (*own.packages, *added.packages)
    ]
    # What is left out of both is told once.
    notices = tuple(dict.fromkeys((*request.image.notices, *own.notices, *added.notices)))
    return Lock(tuple(sorted(overlay.over(request.image, packages), key=lambda package: package.name)), notices)


def _with_newest(
    failure: Failure, request: LockRequest, workbench: Workbench, should_stop: ShouldStop | None
) -> Failure:
    """A version that does not exist is best answered with one that does."""
    name = explain.missing_version(failure)
    if name is None or not re.search(r"is [<>=!~]", failure.message) or failure.hint.startswith("Available"):
        return failure
    # Without the image: its version is known already.
    bare = replace(
        request, dependencies=DependencyKind.NONE, additions=(), indexes=request.effective_indexes, image=Lock(())
    )
    resolver = Resolver(bare, workbench, request.source, None, should_stop)
    asked = workbench.folder("newest") / "name.txt"
    asked.write_text(name)
    try:
        newest = resolver.select(resolver.compile([asked], ["--no-deps"], reads_config=False), {})
    except Failure:
        return failure
    return explain.newest_known(failure, name, newest[0].version or "") if newest else failure


def _is_direct(package: LockedPackage, direct: Collection[str]) -> bool:
    return package.index is None or package.name in direct


def _resolve_own(
    request: LockRequest, workbench: Workbench, on_line: OnLine | None, should_stop: ShouldStop | None
) -> Answer:
    if request.dependencies is DependencyKind.NONE:
        return Answer()
    tree = tree_of(request, workbench)
    resolver = Resolver(request, workbench, tree, on_line, should_stop)
    if request.dependencies is DependencyKind.UV_LOCK:
        return resolver.exported()
    if request.dependencies is DependencyKind.PYPROJECT:
        inputs: list[Path] = [tree / "pyproject.toml"]
        options: list[str] = []
    else:
        request = _brought_home(request, resolver)
        resolver = replace(resolver, request=request)
        inputs, options = requirement_inputs(request, workbench, tree)
        if not request.requirements.requirements:
            return Answer()
    if request.rules.installer is Installer.PIP:
        answer = pip_resolver.resolve(resolver)
    else:
        answer = resolver.governed(inputs, options, reads_config=request.dependencies is DependencyKind.PYPROJECT)
    _demand_hashes(request, answer.packages)
    return answer


def _brought_home(request: LockRequest, resolver: Resolver) -> LockRequest:
    read = mirrors.brought_home(request.requirements, request.effective_indexes, resolver.find, resolver.say)
    return request if read is request.requirements else request.with_requirements(read)


def _demand_hashes(request: LockRequest, packages: Sequence[LockedPackage]) -> None:
    """pip's rule: where one requirement has a hash, everything needs one."""
    if not request.requirements.checks_hashes:
        return
    hashed = {line.name for line in request.requirements.requirements if line.hashes}
    installed = (package.name for package in packages if package.kind is not ArtefactKind.EXTERNAL)
    bare = sorted(name for name in installed if name not in hashed)
    if bare:
        raise Failure(
            FailureKind.BAD_REQUIREMENTS,
            f"The requirements check hashes, but {', '.join(bare)} has none.",
            "Add the version and a --hash for each, also for what other packages need, or remove all hashes.",
        )


def _resolve_additions(
    request: LockRequest,
    own: Sequence[LockedPackage],
    workbench: Workbench,
    on_line: OnLine | None,
    should_stop: ShouldStop | None,
) -> Answer:
    """What the platform adds, resolved with the app's own packages as they are: it can never move them."""
    present = {package.name for package in (*request.image.packages, *own)}
    missing = [text for text in request.additions if canonicalize_name(Requirement(text).name) not in present]
    if not missing:
        return Answer()
    bare = replace(request, dependencies=DependencyKind.NONE, indexes=request.effective_indexes)
    resolver = Resolver(bare, workbench, request.source, on_line, should_stop)
    folder = workbench.folder("additions")
    asked, pins = folder / "additions.txt", folder / "constraints.txt"
    asked.write_text("\n".join(missing))
    pinned = [package for package in own if package.version and package.kind is not ArtefactKind.EXTERNAL]
    pins.write_text("".join(f"{package.name}=={package.version}\n" for package in pinned))
    answer = resolver.governed([asked], ["--constraints", str(pins)], reads_config=False)
    added = [package for package in answer.packages if package.name not in present]
    return replace(answer, packages=tuple(
        package if package.kind is ArtefactKind.EXTERNAL else replace(package, origin=Origin.PLATFORM)
        for package in added
    ))  # fmt: skip
