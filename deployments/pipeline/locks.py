"""The lock of a deployment: the answer that is known from before, or the resolver's."""

import hashlib
from dataclasses import dataclass, field

from django.conf import settings

from deployments import layout
from deployments.launchers.base import Launch
from deployments.models import Deployment
from deployments.models import Lock as KeptLock
from deployments.models.requested_settings import RequestedSettings
from deployments.operations import environments as environment_rows
from deployments.pipeline import index_answers, lock_requests, package_sources, platform, reasons
from deployments.pipeline.launches import StoredLaunch
from deployments.pipeline.package_sources import BuildVariables
from deployments.pipeline.steps import Story
from deployments.pipeline.variables import Variables
from deployments.source.reading import read_spec
from deployments.source.spec import AppSpec
from deployments.venvs import management, system_site
from deployments.venvs.interpreters import Interpreter
from deployments.venvs.lock import Lock
from deployments.venvs.management import Management
from deployments.venvs.resolving import overlay
from deployments.venvs.resolving.locking import LockRequest, lock
from packagerepos.indexes import Indexes


@dataclass(frozen=True)
class Resolved:
    """``asked`` are the requirements that ``content`` answers, as texts, which may hold logins."""

    content: Lock
    indexes: Indexes = field(default_factory=Indexes)
    asked: tuple[str, ...] = field(default=(), repr=False)


def of(
    deployment: Deployment,
    spec: AppSpec,
    launch: Launch,
    found: Variables,
    interpreter: Interpreter,
    image: Lock,
    story: Story,
) -> Resolved:
    """The packages for what the source asks, laid over ``image``, and where they come from. Raises ``Failure``."""
    requested, managed = RequestedSettings.from_json(deployment.settings), managed_by(deployment, spec)
    with story.step("lock", "Resolving packages"):
        story.say(managed.text)
        if not managed.is_on:
            installed = system_site.look(interpreter, requested.packages.external_names)
            ruled = overlay.ruled(image, requested.packages, installed, interpreter)
            return Resolved(_unmanaged(deployment, managed, interpreter, ruled))
        values = BuildVariables(deployment.app, found.plain, found.secrets)
        request = _request(deployment, spec, launch.requirements, values, interpreter, story, image)
        for line in package_sources.described(request.effective_indexes):
            story.say(line)
        kept, content = _kept(deployment, request, story) or _resolved(deployment, request, story)
        deployment.lock = kept
        story.say(f"{len(content.packages)} packages: {_listed(content)}")
        for notice in content.notices:
            story.say(f"Note: {notice}")
        return Resolved(content, request.effective_indexes, request.asked_texts if kept.needs is None else ())


def managed_by(deployment: Deployment, spec: AppSpec) -> Management:
    """Whether packages are installed for it, and who said so."""
    requested = RequestedSettings.from_json(deployment.settings)
    return management.decide(
        site=requested.site_environment_management,
        app=requested.environment_management,
        bundle=spec.environment_management,
    )


def _kept(deployment: Deployment, request: LockRequest, story: Story) -> tuple[KeptLock, Lock] | None:
    """What the same question was answered with before, held for ``deployment``."""
    kept = None if deployment.rebuild else environment_rows.hold_lock(deployment, request.key)
    if kept is None:
        return None
    story.say("The same packages were asked for before with the same Python and indexes: their lock is used again.")
    return kept, Lock.from_json(kept.content)


def _resolved(deployment: Deployment, request: LockRequest, story: Story) -> tuple[KeptLock, Lock]:
    story.say(
        "Resolving from scratch, as asked."
        if deployment.rebuild
        else reasons.for_resolving(request.asked, environment_rows.earlier(deployment))
    )
    story.show()
    index_answers.require(
        request.effective_indexes, request.direct_names,
        allowed_internal=settings.ALLOWED_INTERNAL, should_stop=story.should_stop,
    )  # fmt: skip
    with platform.workbench(deployment) as workbench:
        content = lock(request, workbench, story.say, story.should_stop)
    return environment_rows.keep_lock(deployment.workspace, request.key, content.to_json(), request.asked), content


def _unmanaged(deployment: Deployment, managed: Management, interpreter: Interpreter, image: Lock) -> Lock:
    """A lock that says that nothing was resolved: what the base image holds is all there is."""
    content = Lock(overlay.over(image, ()), (managed.text, *image.notices), is_managed=False)
    text = f"not managed {managed.text} {interpreter.identity} {image.requirements_text}"
    key = hashlib.sha256(text.encode()).hexdigest()
    deployment.lock = environment_rows.hold_lock(deployment, key) or environment_rows.keep_lock(
        deployment.workspace, key, content.to_json()
    )
    return content


def indexes_again(deployment: Deployment, interpreter: Interpreter, story: Story) -> Indexes:
    """Asked for only when the environment has to be made anew: its files may need a login."""
    spec, launch = read_spec(layout.source(deployment.bundle)), StoredLaunch.from_json(deployment.launch)
    values = BuildVariables(deployment.app, launch.env, launch.secrets)
    return _request(deployment, spec, (), values, interpreter, story, Lock(())).effective_indexes


def _request(
    deployment: Deployment,
    spec: AppSpec,
    additions: tuple[str, ...],
    values: BuildVariables,
    interpreter: Interpreter,
    story: Story,
    image: Lock,
) -> LockRequest:
    """What the resolver is asked. From here on the log shows no login of an index."""
    defaults = package_sources.defaults(deployment)
    story.hide(defaults.secrets())
    request = lock_requests.of(
        deployment, spec=spec, additions=additions, values=values,
        interpreter=interpreter, indexes=defaults, image=image,
    )  # fmt: skip
    story.hide(request.effective_indexes.secrets() | values.secrets)
    return request


def _listed(content: Lock) -> str:
    shown = [f"{package.name} {package.version or ''}".strip() for package in content.packages[:40]]
    more = len(content.packages) - len(shown)
    return (", ".join(shown) or "none") + (f", and {more} more" if more else "") + "."
