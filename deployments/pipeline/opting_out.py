"""The story of a preview of opting out: search the source, try it on the clean image, import what it imports there.

A worker does one step at a time, and never waits: the trial is a draft that is built and started like every other
deployment. Each step may be the last one of a killed worker, and is then done again.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from django.utils import timezone
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from deployments import shell
from deployments.failures import Failure, FailureKind
from deployments.launchers import programs
from deployments.models import Deployment, OptOutPreview, State
from deployments.models.finding import Finding
from deployments.operations import bundles, opt_out_work, opt_outs
from deployments.pipeline import failures, known_modules, launches, platform
from deployments.pipeline.launches import StoredLaunch
from deployments.source import adding, imports
from deployments.source.reading import read_spec
from deployments.source.spec import AppSpec, DependencyKind
from deployments.venvs.inspecting import contents, importing, needs, opting_out
from deployments.venvs.inspecting.importing import Broken
from deployments.venvs.inspecting.opting_out import Missing, Proposal, Running
from deployments.venvs.lock import Lock
from deployments.venvs.store.built import Built
from workspaces import principals
from workspaces.errors import PlatformError

#: One missing module may hide the next: so many trials are made before people have to look.
MOST_ROUNDS = 5
CLOSED = "The source has a uv.lock, so the app has no pre-installed library today: opting out takes nothing away."

ShouldStop = Callable[[], bool]


def advance(preview: OptOutPreview, should_stop: ShouldStop) -> None:
    """Do the next step; whatever goes wrong ends the preview with a sentence."""
    try:
        _step(preview, should_stop)
    except shell.Stopped:
        pass  # It is gone, or somebody else's.
    except PlatformError as error:
        opt_out_work.fail(preview, error.message, error.hint, now=timezone.now())
    except Exception as error:
        failure = failures.as_failure(error)
        opt_out_work.fail(preview, failure.message, failure.hint, now=timezone.now())


def _step(preview: OptOutPreview, should_stop: ShouldStop) -> None:
    trial = preview.trial
    if preview.findings is None:
        _search(preview)
    elif trial is None:
        _try(preview, Proposal.from_json(preview.findings))
    elif preview.broken is None and _has_environment(trial):
        _import(preview, trial, should_stop)
    elif trial.state in {State.FAILED, State.CANCELLED}:
        _end_failed(preview, trial)
    else:
        _finish(preview)


def _search(preview: OptOutPreview) -> None:
    source, running = bundles.unpacked(preview.deployment.bundle), _running(preview.deployment)
    spec, launch = _spec(source), StoredLaunch.from_json(preview.deployment.launch)
    started = programs.of(launch.argv, programs.scripts_of(source))
    proposal = opting_out.propose(
        running,
        imports.scan(source),
        programs=[program.name for program in started if not program.is_module],
        modules=[program.name for program in started if program.is_module],
        added=_added(preview.deployment, spec),
        metadata=known_modules.import_names(preview.workspace),
    )
    if spec is not None and spec.dependencies is DependencyKind.UV_LOCK:
        proposal = replace(proposal, notices=(CLOSED, *proposal.notices))
    proposal = _complete(preview, proposal)
    opt_out_work.note_findings(preview, proposal.to_json())
    _try(preview, proposal)


def _complete(preview: OptOutPreview, proposal: Proposal) -> Proposal:
    """With hashes, and lines for all that is needed, where the source demands that."""
    if not proposal.missing or not adding.checks_hashes(bundles.unpacked(preview.deployment.bundle)):
        return proposal
    markers = platform.interpreter_of(StoredLaunch.from_json(preview.deployment.launch)).markers
    names = [row.distribution for row in proposal.missing]
    needed = needs.closure(_environment(preview.deployment).path, names, markers)
    return opting_out.with_hashes(proposal, _running(preview.deployment), needed)


def _running(deployment: Deployment) -> Running:
    assert deployment.lock is not None, "What serves was built from a lock."
    return Running(Lock.from_json(deployment.lock.content), contents.of(_environment(deployment).path))


def _environment(deployment: Deployment) -> Built:
    key = StoredLaunch.from_json(deployment.launch).environment
    if not key or not platform.store().is_ready(key):
        raise Failure(
            FailureKind.ENVIRONMENT_DAMAGED,
            f"The environment of deployment {deployment.number} is not on the platform's disk any more.",
            "Deploy it again: then its environment is made anew.",
        )
    return platform.store().built(key)


def _has_environment(deployment: Deployment) -> bool:
    key = deployment.launch and StoredLaunch.from_json(deployment.launch).environment
    return bool(key) and platform.store().is_ready(str(key))


def _spec(source: Path) -> AppSpec | None:
    """``None`` for one that cannot be read any more, though it serves."""
    try:
        return read_spec(source)
    except Failure:
        return None


def _added(deployment: Deployment, spec: AppSpec | None) -> list[str]:
    """What the platform adds by itself on the clean image. It serves now, so how to launch it is known."""
    try:
        launch = launches.again(deployment, spec) if spec is not None else None
    except Failure:
        launch = None
    if launch is None:
        return []
    return [canonicalize_name(Requirement(text).name) for text in launch.requirements]


def _try(preview: OptOutPreview, proposal: Proposal) -> None:
    person = preview.created_by
    principal = principals.of_user(person, preview.workspace.slug) if person is not None else None
    if principal is None:
        raise Failure(
            FailureKind.INTERNAL,
            f"{preview.created_by_name}, who asked for this preview, is no member any more.",
            "Somebody who is must ask for it.",
        )
    bundle = preview.deployment.bundle
    if proposal.requirements:
        bundle = bundles.with_requirements(principal, bundle, proposal.requirements)
    opt_out_work.begin_trial(preview, principal, bundle, proposal.to_json())


def _import(preview: OptOutPreview, trial: Deployment, should_stop: ShouldStop) -> None:
    """What fails there and not today is the opting out's fault; the rest is told, and left alone."""
    assert preview.findings is not None
    proposal = Proposal.from_json(preview.findings)
    failing = _broken_in(trial, proposal.imports, should_stop)
    today = {each.module for each in _broken_in(preview.deployment, [each.module for each in failing], should_stop)}
    broken = [each for each in failing if each.module not in today]
    if broken and _try_with(preview, proposal, _remedies(preview.deployment, trial, broken)):
        return
    told = tuple(
        f"{each.module} cannot be imported today either: {each.why}" for each in failing if each.module in today
    )
    opt_out_work.note_broken(
        preview,
        [{"module": each.module, "why": each.why, "is_guarded": proposal.is_guarded(each.module)} for each in broken],
        replace(proposal, notices=(*proposal.notices, *told)).to_json(),
    )


def _broken_in(deployment: Deployment, modules: Iterable[str], should_stop: ShouldStop) -> tuple[Broken, ...]:
    interpreter = platform.interpreter_of(StoredLaunch.from_json(deployment.launch))
    with platform.workbench(deployment) as workbench:
        return importing.broken(list(modules), _environment(deployment), interpreter, workbench, should_stop)


def _remedies(deployment: Deployment, trial: Deployment, broken: Iterable[Broken]) -> list[Missing]:
    """Lines for what was not found there, or is there in another version than today."""
    running = _running(deployment)
    there = Lock.from_json(trial.lock.content) if trial.lock is not None else Lock(())
    versions = {package.name: package.version for package in there.packages}
    found = (
        running.lacking(each.lacks) if each.lacks else running.moved(each.module, versions) for each in broken
    )  # fmt: skip
    return [row for row in found if row is not None]


def _try_with(preview: OptOutPreview, proposal: Proposal, more: Iterable[Missing]) -> bool:
    """Another trial, if there is anything new to try."""
    extended = _complete(preview, proposal.with_missing(more))
    if extended == proposal or preview.rounds >= MOST_ROUNDS:
        return False
    _try(preview, extended)
    return True


def _end_failed(preview: OptOutPreview, trial: Deployment) -> None:
    assert preview.findings is not None
    running, proposal = _running(preview.deployment), Proposal.from_json(preview.findings)
    lines = (finding.requirement for finding in Finding.all_of(trial.findings) if finding.requirement)
    lacking = (running.lacking_distribution(canonicalize_name(Requirement(line).name)) for line in lines)
    if not _try_with(preview, proposal, [row for row in lacking if row is not None]):
        message, hint = _why(preview, trial)
        opt_out_work.fail(preview, message, hint, now=timezone.now())


def _why(preview: OptOutPreview, trial: Deployment) -> tuple[str, str]:
    if sentence := opt_outs.outdated(preview):
        return f"The trial was stopped. {sentence}", opt_outs.AGAIN
    if trial.state == State.CANCELLED:
        return f"The trial, deployment {trial.number}, was cancelled.", opt_outs.AGAIN
    what = "did not start" if trial.environment_id else "could not be built"
    return f"On the clean image the app {what}: {trial.failure_message}", trial.failure_hint


def _finish(preview: OptOutPreview) -> None:
    # Null where its environment was gone before anything was imported there.
    imported = preview.broken is not None and all(each["is_guarded"] for each in preview.broken)
    opt_out_work.finish(preview, verified=imported, now=timezone.now())
