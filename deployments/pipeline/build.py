"""The story of a build: from a bundle to an environment and the command that serves it.

Every step may be the last one of a killed worker; the next worker goes through the same steps and
finds what the first one finished.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from django.db import transaction

from deployments import layout, queue
from deployments.launchers.base import Launch
from deployments.launchers.choice import choose as choose_launch
from deployments.models import BaseImageVersion, Deployment, Scaling, State
from deployments.models.requested_settings import RequestedSettings
from deployments.operations import bundles, serving
from deployments.pipeline import (
    base_images,
    environments,
    locks,
    package_needs,
    platform,
    secret_values,
    variables,
)
from deployments.pipeline.launches import StoredLaunch
from deployments.pipeline.steps import Story
from deployments.pipeline.variables import Variables
from deployments.source.manifest import MANIFEST
from deployments.source.reading import read_spec
from deployments.source.spec import AppSpec, DependencyKind
from deployments.source.unpacking import unpack
from deployments.venvs.interpreters import Interpreter, choose
from deployments.venvs.lock import Lock
from packagerepos.indexes import Indexes


def build(deployment: Deployment, story: Story) -> bool:
    """Bring a BUILDING deployment to STARTING; ``False`` if it ended meanwhile. Raises ``Failure``, ``Stopped``."""
    _unpack(deployment, story)
    if deployment.activates_id is not None and deployment.lock is not None:
        return _build_again(deployment, story)
    if own := serving.tell_own(deployment):
        story.say(own)
    spec = _read(deployment, story)
    launch = _infer(deployment, spec, story)
    found = _variables(deployment, spec, launch, story)
    image = base_images.version_of(deployment)
    interpreter = _interpreter(deployment, spec, image, story)
    below = _libraries(deployment, spec, image, interpreter, story)
    resolved = locks.of(deployment, spec, launch, found, interpreter, below, story)
    launch_kept = StoredLaunch.of(launch, found, interpreter)
    return _finish(
        deployment, resolved.content, launch_kept, interpreter, story, lambda: resolved.indexes, resolved.asked
    )  # fmt: skip


def _build_again(deployment: Deployment, story: Story) -> bool:
    """What was proven once needs no questions: the same lock, the same command."""
    assert deployment.lock is not None
    assert deployment.activates is not None
    story.say(f"The lock and the command are those of deployment {deployment.activates.number}.")
    launch = StoredLaunch.from_json(deployment.launch)
    interpreter = platform.interpreter_of(launch)
    content = Lock.from_json(deployment.lock.content)
    return _finish(
        deployment, content, launch, interpreter, story, lambda: locks.indexes_again(deployment, interpreter, story)
    )


def _unpack(deployment: Deployment, story: Story) -> None:
    source = layout.source(deployment.bundle)
    with story.step("unpack", "Unpacking the source"):
        if source.is_dir():
            story.say("This bundle is unpacked already.")
            return
        story.show()
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
    """What is pre-installed, below what the app asks for itself."""
    requested = RequestedSettings.from_json(deployment.settings)
    if not image.requirements:
        opted_out = requested.scaling == Scaling.HORIZONTAL
        why = ": a horizontally scaled app that does not use pre-installed libraries" if opted_out else ""
        story.say(f"Base image {image.image}, version {image.number}{why}.")
        return Lock(())
    if _is_closed(deployment, spec):
        story.say(f"The source has a uv.lock, which is closed: nothing of base image {image.image} is added.")
        return Lock(())

    def resolving(text: str) -> None:
        story.show()
        story.say(text)

    with story.step("image", f"Base image {image.image}, version {image.number}"):
        content = base_images.lock_of(image, interpreter, resolving, story.should_stop)
        story.say(
            f"{len(content.packages)} libraries are pre-installed. What the app asks for itself comes before them."
        )
        return content


def _is_closed(deployment: Deployment, spec: AppSpec) -> bool:
    """A ``uv.lock`` says all that there is to be, unless nothing of it is installed."""
    return spec.dependencies is DependencyKind.UV_LOCK and locks.managed_by(deployment, spec).is_on


def _interpreter(deployment: Deployment, spec: AppSpec, image: BaseImageVersion, story: Story) -> Interpreter:
    preferred = base_images.preferred_python(spec.made_with)
    if _is_closed(deployment, spec):
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


def _finish(
    deployment: Deployment,
    content: Lock,
    launch: StoredLaunch,
    interpreter: Interpreter,
    story: Story,
    indexes: Callable[[], Indexes],
    asked: Sequence[str] | None = None,
) -> bool:
    """``asked`` are the requirements that ``content`` answers, or ``None`` where nobody knows them any more."""
    with story.step("environment", "Preparing the environment"):
        environment = environments.ensure(deployment, content, interpreter, story, indexes=indexes)
        environments.tell_unmet(deployment, content, environment, interpreter, story)
        if asked is not None:
            package_needs.keep(deployment, content, asked, environment, interpreter)
    with transaction.atomic():
        story.show()
        moved = deployment.move(
            State.STARTING, launch=replace(launch, environment=environment.key).to_json(),
            lock=deployment.lock, environment=environment,
            lease_owner="", lease_until=None,
        )  # fmt: skip
    if moved:
        queue.ring_controller()
    return moved
