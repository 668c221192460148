"""The story of a build: from a bundle to an environment and the command that serves it.

Every step may be the last one of a killed worker; the next worker goes through the same steps and
finds what the first one finished.
"""

import hashlib
from collections.abc import Callable
from dataclasses import replace

from django.conf import settings

from deployments import layout, queue
from deployments.launchers.base import Launch
from deployments.launchers.choice import choose as choose_launch
from deployments.models import BaseImageVersion, Deployment, Scaling, State
from deployments.models.requested_settings import RequestedSettings
from deployments.operations import bundles
from deployments.operations import environments as environment_rows
from deployments.pipeline import (
    base_images,
    environments,
    index_answers,
    lock_requests,
    package_sources,
    platform,
    reasons,
    runtime_packages,
    secret_values,
    variables,
)
from deployments.pipeline.launches import StoredLaunch
from deployments.pipeline.package_sources import BuildVariables
from deployments.pipeline.steps import Story
from deployments.pipeline.variables import Variables
from deployments.source.manifest import MANIFEST
from deployments.source.reading import read_spec
from deployments.source.spec import AppSpec, DependencyKind
from deployments.source.unpacking import unpack
from deployments.venvs import management, overlay, system_site
from deployments.venvs.interpreters import Interpreter, choose
from deployments.venvs.lock import Lock
from deployments.venvs.locking import LockRequest, lock
from deployments.venvs.management import Management
from packagerepos.indexes import Indexes


def build(deployment: Deployment, story: Story) -> bool:
    """Bring a BUILDING deployment to STARTING; ``False`` if it ended meanwhile. Raises ``Failure``, ``Stopped``."""
    _unpack(deployment, story)
    if deployment.activates_id is not None and deployment.lock is not None:
        return _build_again(deployment, story)
    spec = _read(deployment, story)
    launch = _infer(deployment, spec, story)
    found = _variables(deployment, spec, launch, story)
    image = base_images.version_of(deployment)
    interpreter = _interpreter(spec, image, story)
    below = _libraries(deployment, spec, image, interpreter, story)
    content, indexes = _lock(deployment, spec, launch, found, interpreter, below, story)
    return _finish(
        deployment, content, StoredLaunch.of(launch, found, interpreter), interpreter, story, lambda: indexes
    )


def _build_again(deployment: Deployment, story: Story) -> bool:
    """What was proven once needs no questions: the same lock, the same command."""
    assert deployment.lock is not None
    assert deployment.activates is not None
    story.say(f"The lock and the command are those of deployment {deployment.activates.number}.")
    launch = StoredLaunch.from_json(deployment.launch)
    interpreter = platform.interpreter_of(launch)
    content = Lock.from_json(deployment.lock.content)
    return _finish(
        deployment, content, launch, interpreter, story, lambda: indexes_again(deployment, interpreter, story)
    )


def indexes_again(deployment: Deployment, interpreter: Interpreter, story: Story) -> Indexes:
    """Asked for only when the environment has to be made anew: its files may need a login."""
    spec, launch = read_spec(layout.source(deployment.bundle)), StoredLaunch.from_json(deployment.launch)
    values = BuildVariables(deployment.app, launch.env, launch.secrets)
    return _request(deployment, spec, (), values, interpreter, story, Lock(())).effective_indexes


def _unpack(deployment: Deployment, story: Story) -> None:
    source = layout.source(deployment.bundle)
    with story.step("unpack", "Unpacking the source"):
        if source.is_dir():
            story.say("This bundle is unpacked already.")
            return
        try:
            unpacked = unpack(layout.archive(deployment.bundle), source, bundles.unpack_limits())
        except FileExistsError:
            return  # Another deployment of the same bundle was quicker; it appeared whole.
        story.say(f"{unpacked.files} files, {unpacked.bytes:,} bytes.")
        for notice in unpacked.notices:
            story.say(f"Note: {notice}")


def _read(deployment: Deployment, story: Story) -> AppSpec:
    with story.step("spec", "Reading what the source asks for"):
        spec = read_spec(layout.source(deployment.bundle))
        for notice in spec.notices:
            story.say(f"Note: {notice}")
        story.say(f"Packages are declared in: {spec.dependencies}.")
        return spec


def _variables(deployment: Deployment, spec: AppSpec, launch: Launch, story: Story) -> Variables:
    """Whatever the source refers to must be readable by whoever deploys it; no value is read here."""
    merged = variables.merge(launch.env, spec.env, RequestedSettings.from_json(deployment.settings))
    secret_values.entitle(deployment, merged.from_source)
    for name, reference in sorted(merged.secrets.items()):
        story.say(f"{name} gets the secret {reference} at each start.")
    return merged


def _infer(deployment: Deployment, spec: AppSpec, story: Story) -> Launch:
    requested = RequestedSettings.from_json(deployment.settings)
    launch = choose_launch(layout.source(deployment.bundle), spec, requested.command)
    story.say(launch.evidence)
    story.say(f"Command: {' '.join(launch.argv)}")
    return launch


def _libraries(
    deployment: Deployment, spec: AppSpec, image: BaseImageVersion, interpreter: Interpreter, story: Story
) -> Lock:
    """What is pre-installed, below what the app asks for itself. A ``uv.lock`` says all that there is to be."""
    requested = RequestedSettings.from_json(deployment.settings)
    if not image.requirements:
        opted_out = requested.scaling == Scaling.HORIZONTAL
        why = ": a horizontally scaled app that does not use pre-installed libraries" if opted_out else ""
        story.say(f"Base image {image.image}, version {image.number}{why}.")
        return Lock(())
    if spec.dependencies is DependencyKind.UV_LOCK:
        story.say(f"The source has a uv.lock, which is closed: nothing of base image {image.image} is added.")
        return Lock(())
    with story.step("image", f"Base image {image.image}, version {image.number}"):
        content = base_images.libraries(deployment, spec.dependencies, interpreter, story.should_stop, story.say)
        story.say(
            f"{len(content.packages)} libraries are pre-installed. What the app asks for itself comes before them."
        )
        return content


def _interpreter(spec: AppSpec, image: BaseImageVersion, story: Story) -> Interpreter:
    preferred = base_images.preferred_python(spec.made_with)
    if spec.dependencies is DependencyKind.UV_LOCK:
        interpreter = choose(platform.interpreters(), spec.python, preferred)
    else:
        interpreter = base_images.interpreter_for(image, spec.python, preferred)
    story.say(f"Python {interpreter.version} ({_why(spec, interpreter)}).")
    return interpreter


def _why(spec: AppSpec, interpreter: Interpreter) -> str:
    if spec.python:
        return f"{spec.python.origin} asks for {spec.python.specifier}"
    if spec.made_with is None:
        return "the default"
    is_same = interpreter.minor == spec.made_with
    return f"{MANIFEST} was made with {spec.made_with}" + ("" if is_same else ", which cannot be had here")


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


def _lock(
    deployment: Deployment,
    spec: AppSpec,
    launch: Launch,
    found: Variables,
    interpreter: Interpreter,
    image: Lock,
    story: Story,
) -> tuple[Lock, Indexes]:
    requested = RequestedSettings.from_json(deployment.settings)
    managed = management.decide(
        site=requested.site_environment_management,
        app=requested.environment_management,
        bundle=spec.environment_management,
    )
    with story.step("lock", "Resolving packages"):
        story.say(managed.text)
        if not managed.is_on:
            installed = system_site.look(interpreter, requested.packages.external_names)
            ruled = overlay.ruled(image, requested.packages, installed, interpreter)
            return _unmanaged(deployment, managed, interpreter, ruled), Indexes()
        values = BuildVariables(deployment.app, found.plain, found.secrets)
        request = _request(deployment, spec, launch.requirements, values, interpreter, story, image)
        for line in package_sources.described(request.effective_indexes):
            story.say(line)
        kept = None if deployment.rebuild else environment_rows.find_lock(deployment.workspace, request.key)
        if kept is not None and environment_rows.pin_lock(deployment, kept):
            story.say(
                "The same packages were asked for before with the same Python and indexes: their lock is used again."
            )
            content = Lock.from_json(kept.content)
        else:
            story.say(
                "Resolving from scratch, as asked."
                if deployment.rebuild
                else reasons.for_resolving(request.asked, environment_rows.earlier(deployment))
            )
            index_answers.require(
                request.effective_indexes, request.direct_names,
                allowed_internal=settings.ALLOWED_INTERNAL, should_stop=story.should_stop,
            )  # fmt: skip
            with platform.workbench(deployment) as workbench:
                content = lock(request, workbench, story.say, story.should_stop)
            kept = environment_rows.keep_lock(deployment.workspace, request.key, content.to_json(), request.asked)
        deployment.lock = kept
        story.say(f"{len(content.packages)} packages: {_listed(content)}")
        for notice in content.notices:
            story.say(f"Note: {notice}")
        return content, request.effective_indexes


def _unmanaged(deployment: Deployment, managed: Management, interpreter: Interpreter, image: Lock) -> Lock:
    """A lock that says that nothing was resolved: what the base image holds is all there is."""
    content = Lock(overlay.over(image, ()), (managed.text, *image.notices), is_managed=False)
    text = f"not managed {managed.text} {interpreter.identity} {image.requirements_text}"
    key = hashlib.sha256(text.encode()).hexdigest()
    deployment.lock = environment_rows.find_lock(deployment.workspace, key) or environment_rows.keep_lock(
        deployment.workspace, key, content.to_json()
    )
    return content


def _finish(
    deployment: Deployment,
    content: Lock,
    launch: StoredLaunch,
    interpreter: Interpreter,
    story: Story,
    indexes: Callable[[], Indexes],
) -> bool:
    with story.step("environment", "Preparing the environment"):
        environment = environments.ensure(deployment, content, interpreter, story, indexes=indexes)
        environments.tell_unmet(deployment, content, environment, interpreter, story)
    runtime_packages.entitle(deployment)
    moved = deployment.move(
        State.STARTING, launch=replace(launch, environment=environment.key).to_json(),
        lock=deployment.lock, environment=environment,
        lease_owner="", lease_until=None,
    )  # fmt: skip
    if moved:
        queue.ring_controller()
    return moved


def _listed(content: Lock) -> str:
    shown = [f"{package.name} {package.version or ''}".strip() for package in content.packages[:40]]
    more = len(content.packages) - len(shown)
    return (", ".join(shown) or "none") + (f", and {more} more" if more else "") + "."
