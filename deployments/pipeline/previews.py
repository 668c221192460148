"""What an app's packages would be with other package repositories. Nothing is built, and nothing of the app changes."""

from collections.abc import Callable

from django.conf import settings

from deployments import layout, shell
from deployments.failures import Failure
from deployments.models import Deployment
from deployments.pipeline import base_images, failures, index_answers, launches, lock_requests, platform
from deployments.pipeline.launches import StoredLaunch
from deployments.pipeline.package_sources import BuildVariables
from deployments.source.reading import read_spec
from deployments.venvs.lock import Lock, LockedPackage
from deployments.venvs.resolving.locking import lock
from deployments.venvs.resolving.request import LockRequest
from packagerepos.indexes import Indexes
from workspaces.redaction import Masker

Changes = list[list[str]]


def compare(deployment: Deployment, indexes: Indexes, should_stop: Callable[[], bool]) -> tuple[Changes, str]:
    """The packages of ``deployment`` that would come from elsewhere, and why it would fail, if it would."""
    if deployment.lock is not None and not Lock.from_json(deployment.lock.content).is_managed:
        return [], ""  # Nothing is installed for it, from nowhere.
    try:
        request = _request(deployment, indexes, should_stop)
    except Failure as failure:
        return [], failure.message
    try:
        index_answers.require(
            request.effective_indexes,
            request.direct_names,
            allowed_internal=settings.ALLOWED_INTERNAL,
            should_stop=should_stop,
        )
        with platform.workbench(deployment) as workbench:
            found = lock(request, workbench, should_stop=should_stop)
    except shell.Stopped:
        raise
    except Exception as error:
        text = failures.as_failure(error)
        return [], Masker(request.effective_indexes.secrets()).mask(f"{text.message} {text.hint}".strip())
    return _changes(deployment, found), ""


def _request(deployment: Deployment, indexes: Indexes, should_stop: Callable[[], bool]) -> LockRequest:
    spec, stored = read_spec(layout.source(deployment.bundle)), StoredLaunch.from_json(deployment.launch)
    interpreter = platform.interpreter_of(stored)
    return lock_requests.of(
        deployment,
        spec=spec,
        additions=launches.again(deployment, spec).requirements,
        values=BuildVariables(deployment.app, stored.env, stored.secrets),
        interpreter=interpreter,
        indexes=indexes,
        image=base_images.libraries(deployment, spec.dependencies, interpreter, should_stop),
    )


def _changes(deployment: Deployment, found: Lock) -> Changes:
    old = Lock.from_json(deployment.lock.content) if deployment.lock else Lock(())
    before = {package.name: package for package in old.packages}
    return [
        [package.name, _place(before.get(package.name)), _place(package)]
        for package in found.packages
        if package.name not in before or before[package.name].index != package.index
    ]


def _place(package: LockedPackage | None) -> str:
    """``1.0 from https://pypi.org/simple``."""
    if package is None:
        return ""
    return f"{package.version or 'built'} from {package.index or 'its own address'}"
