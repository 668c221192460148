"""The environment of a lock: taken from the store, or made."""

from collections.abc import Callable, Collection

from deployments import layout
from deployments.models import Deployment, Environment
from deployments.operations import environments as rows
from deployments.pipeline import platform, reasons
from deployments.pipeline.launches import StoredLaunch
from deployments.pipeline.steps import Story
from deployments.venvs.interpreters import Interpreter
from deployments.venvs.lock import Lock, Origin
from deployments.venvs.resolving import overlay
from deployments.venvs.store import external
from deployments.venvs.store.built import Built
from deployments.venvs.store.environments import LOOK_S, environment_key, scope_for
from deployments.venvs.store.skeleton import site_packages
from deployments.venvs.store.wheels import PUBLIC
from packagerepos.indexes import Indexes


def ensure(
    deployment: Deployment,
    content: Lock,
    interpreter: Interpreter,
    story: Story,
    *,
    indexes: Callable[[], Indexes],
    is_restored: bool = False,
) -> Environment:
    """A whole environment with exactly the packages of ``content``; the log says why it was reused or made.

    ``indexes`` are asked for only when something has to be fetched or built. ``is_restored``: the deployment had it
    before, so there is nothing to compare.
    """
    if deployment.rebuild and not is_restored:
        _start_over(deployment, content, interpreter)
    store = platform.store()
    row, distrusted = _claim(deployment, content, interpreter), frozenset[str]()
    if content.external:
        # Links to what the site has no more would only show when the app imports it.
        external.find(content, interpreter)
    if store.is_ready(row.key) and (damage := store.verify(row.key, budget_s=LOOK_S)):
        story.say(f"Environment {row.key} is damaged on the disk, so nothing uses it any more: {reasons.few(damage)}")
        distrusted = frozenset(found.package for found in store.verify(row.key) if found.package)
        rows.distrust(row, "found damaged on the disk")
        row = _claim(deployment, content, interpreter)
    if store.is_ready(row.key):
        built = store.built(row.key)
        story.say(f"Environment {row.key} has exactly these packages for this Python: it is used again.")
    else:
        if not is_restored:
            for sentence in reasons.for_making(deployment, content, interpreter, row):
                story.say(sentence)
        built = _build(deployment, content, interpreter, row, story, indexes, distrusted)
    return rows.note_built(
        row, packages=len(built.packages), size_bytes=built.size_bytes,
        own_bytes=built.own_bytes, shared_bytes=built.shared_bytes,
    )  # fmt: skip


def tell_unmet(
    deployment: Deployment, content: Lock, environment: Environment, interpreter: Interpreter, story: Story
) -> None:
    """What pre-installed libraries lack, now that the app's own are laid over them, becomes part of the lock."""
    if deployment.lock is None or not any(package.origin is Origin.BASE_IMAGE for package in content.packages):
        return
    site = site_packages(platform.store().path(environment.key))
    fresh = [line for line in overlay.unmet(content, site, interpreter) if line not in content.notices]
    for line in fresh:
        story.say(f"Note: {line}")
    if fresh:
        rows.add_notices(deployment.lock, fresh)


def compile_bytecode(deployment: Deployment) -> None:
    """Compile what the environment lacks: its next start imports faster, and that of all that share files with it."""
    assert deployment.environment is not None
    interpreter = platform.interpreter_of(StoredLaunch.from_json(deployment.launch))
    with platform.workbench(deployment) as workbench:
        platform.store().compile(deployment.environment.key, interpreter, workbench)
    rows.note_compiled(deployment.environment)


def _build(
    deployment: Deployment,
    content: Lock,
    interpreter: Interpreter,
    row: Environment,
    story: Story,
    indexes: Callable[[], Indexes],
    distrusted: Collection[str],
) -> Built:
    story.show()
    with platform.workbench(deployment) as workbench:
        built = platform.store().build(
            content, interpreter, row.key, workbench, story.say, story.should_stop,
            indexes=indexes(), source=layout.source(deployment.bundle), distrusted=distrusted,
        )  # fmt: skip
    if built.reused:
        story.say("Another deployment, which needed the same, has just made it: it is shared.")
    story.say(
        f"{len(built.packages)} packages: {built.own_bytes:,} bytes of its own,"
        f" {built.shared_bytes:,} bytes shared with the store of packages."
    )
    return built


def _claim(deployment: Deployment, content: Lock, interpreter: Interpreter) -> Environment:
    scope, fingerprint = _place(deployment, content, interpreter)
    workspace = None if scope == PUBLIC else deployment.workspace
    return rows.claim(deployment, workspace, fingerprint=fingerprint, python_version=interpreter.version)


def _place(deployment: Deployment, content: Lock, interpreter: Interpreter) -> tuple[str, str]:
    """Everybody's, if all of it is public and the workspace has not cleared that one; else the workspace's own."""
    own = platform.scope_of(deployment.workspace)
    scope = scope_for(content, own)
    fingerprint = environment_key(content, interpreter, scope)
    if scope == PUBLIC and rows.is_avoided(deployment.workspace, fingerprint):
        return own, environment_key(content, interpreter, own)
    return scope, fingerprint


def _start_over(deployment: Deployment, content: Lock, interpreter: Interpreter) -> None:
    own = platform.scope_of(deployment.workspace)
    fingerprints = {environment_key(content, interpreter, scope) for scope in (own, scope_for(content, own))}
    rows.start_over(deployment.workspace, fingerprints)
