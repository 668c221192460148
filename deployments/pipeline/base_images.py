"""The lock of a base image for one Python: known from before, or resolved by the platform."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from django.conf import settings

from deployments import layout, shell
from deployments.failures import Failure, FailureKind
from deployments.models import BaseImage, BaseImageVersion, Deployment
from deployments.models.requested_settings import RequestedSettings
from deployments.operations import base_image_rows as rows
from deployments.pipeline import failures, package_sources, platform
from deployments.source.spec import DependencyKind, PythonRequest
from deployments.venvs.interpreters import Interpreter, choose
from deployments.venvs.lock import ArtefactKind, Lock
from deployments.venvs.resolving.locking import LockRequest, lock
from deployments.venvs.store.building import WheelBuilder
from deployments.venvs.store.wheels import SITE
from deployments.venvs.workbench import Workbench
from packagerepos.indexes import Indexes
from workspaces.redaction import Masker

Say = Callable[[str], None]


def version_of(deployment: Deployment) -> BaseImageVersion:
    """The one that was chosen when the deployment was requested."""
    requested = RequestedSettings.from_json(deployment.settings)
    return rows.version(deployment.workspace, requested.base_image, requested.base_image_version)


def libraries(
    deployment: Deployment,
    dependencies: DependencyKind,
    interpreter: Interpreter,
    should_stop: Callable[[], bool],
    say: Say = lambda _: None,
) -> Lock:
    """What lies below the app's own packages: nothing below a ``uv.lock``, which is closed. Raises ``Failure``."""
    if dependencies is DependencyKind.UV_LOCK:
        return Lock(())
    return lock_of(version_of(deployment), interpreter, say, should_stop)


def preferred_python(made_with: str | None) -> str:
    """The minor to take where nothing else is asked for: what the source was made with, if that is here."""
    here = {interpreter.minor for interpreter in platform.interpreters()}
    return made_with if made_with in here else settings.DEFAULT_PYTHON


def interpreter_for(version: BaseImageVersion, asked: PythonRequest | None, preferred: str) -> Interpreter:
    """The interpreter for what a source asks, of those the image has libraries for. Raises ``Failure``."""
    found = platform.interpreters()
    if not version.pythons:
        return choose(found, asked, preferred)
    fitting = [interpreter for interpreter in found if version.exists_for(interpreter.minor)]
    if not fitting:
        raise _none_here(version)
    try:
        return choose(fitting, asked, preferred)
    except Failure:
        chosen = choose(found, asked, preferred)  # Raises for what no installed Python fits.
        raise _not_for(version, chosen.minor) from None


def lock_of(version: BaseImageVersion, interpreter: Interpreter, say: Say, should_stop: Callable[[], bool]) -> Lock:
    """What the version holds for this Python. The first one who needs it has it resolved. Raises ``Failure``."""
    if not version.requirements:
        return Lock(())
    kept = rows.kept_lock(version, interpreter.minor)
    if kept is not None:
        return Lock.from_json(kept)
    say(f"Base image {version} was not needed for Python {interpreter.minor} before: resolving its list once for all.")
    try:
        content = _resolve(version, interpreter, say, should_stop)
    except Failure as failure:
        rows.note_failure(version, interpreter.minor, failure.message, failure.hint)
        raise _of_the_image(version, failure) from None
    return Lock.from_json(rows.keep_lock(version, interpreter.minor, content.to_json()))


def resolve(version: BaseImageVersion, say: Say, should_stop: Callable[[], bool]) -> None:
    """Make every lock of the version that is missing, one for each Python; what cannot be made is noted."""
    for interpreter in interpreters_of(version):
        try:
            lock_of(version, interpreter, say, should_stop)
        except Failure:
            continue  # Noted in its row.
        except shell.Stopped:
            raise
        except Exception as error:
            failure = failures.as_failure(error)
            rows.note_failure(version, interpreter.minor, failure.message, failure.hint)


def scope_of(image: BaseImage) -> str:
    """Where the store of wheels keeps what was built for it."""
    return platform.scope_of(image.workspace) if image.workspace is not None else SITE


def interpreters_of(version: BaseImageVersion) -> Iterator[Interpreter]:
    """One interpreter for each Python that the version is for, of those that are here."""
    for python in version.pythons or sorted({found.minor for found in platform.interpreters()}):
        fitting = [found for found in platform.interpreters() if found.minor == python]
        if fitting:
            yield choose(fitting, None)


def _resolve(version: BaseImageVersion, interpreter: Interpreter, say: Say, should_stop: Callable[[], bool]) -> Lock:
    indexes = package_sources.of_image(version)
    with _list_of(version) as source, _workbench(version) as bench:
        request = LockRequest(source, DependencyKind.REQUIREMENTS, interpreter, indexes=indexes)
        masker = Masker(tuple(request.effective_indexes.secrets()))
        content = lock(request, bench, lambda line: say(masker.mask(line)), should_stop)
        _build_sources(content, interpreter, bench, request.effective_indexes, say, should_stop)
        return content


def _build_sources(
    content: Lock,
    interpreter: Interpreter,
    bench: Workbench,
    indexes: Indexes,
    say: Say,
    should_stop: Callable[[], bool],
) -> None:
    """What comes without a wheel is built here once, for every app on the image."""
    builder = WheelBuilder(platform.store().wheels, interpreter, bench, indexes, None, say, should_stop)
    for package in content.packages:
        if package.kind is ArtefactKind.SDIST and builder.find(package) is None:
            builder.build(package)


@contextmanager
def _list_of(version: BaseImageVersion) -> Iterator[Path]:
    folder = layout.image_scratch(version.image) / f"list-{version.uuid.hex}"
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    (folder / "requirements.txt").write_text(version.requirements + "\n")
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _workbench(version: BaseImageVersion) -> AbstractContextManager[Workbench]:
    """Not a workspace's: what its builds left in a cache must not get into an image that others use."""
    image = version.image
    return platform.bench_in(layout.image_scratch(image), scope=scope_of(image), uid=image.build_uid)


def _none_here(version: BaseImageVersion) -> Failure:
    return Failure(
        FailureKind.NO_INTERPRETER,
        f"Base image {version} exists for Python {', '.join(version.pythons)}, and none of them is installed here.",
        "Choose another base image for the app, or ask the operator to install one of them.",
    )


def _not_for(version: BaseImageVersion, python: str) -> Failure:
    return Failure(
        FailureKind.NO_INTERPRETER,
        f"This app is for Python {python}, but base image {version} exists for {', '.join(version.pythons)} only.",
        "Let the source ask for one of these versions, or choose another base image for the app.",
    )


def _of_the_image(version: BaseImageVersion, failure: Failure) -> Failure:
    return Failure(
        failure.kind,
        f"The libraries of base image {version} could not be resolved: {failure.message}",
        failure.hint or "Deploy again later, or choose another base image for the app.",
    )
