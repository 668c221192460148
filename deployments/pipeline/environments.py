"""The environment of a lock: taken from the store, or made."""

from collections.abc import Callable

from deployments import layout
from deployments.models import Deployment, Environment
from deployments.operations import environments as rows
from deployments.pipeline import platform
from deployments.pipeline.launches import StoredLaunch
from deployments.pipeline.steps import Story
from deployments.venvs.environments import environment_key, scope_for
from deployments.venvs.interpreters import Interpreter
from deployments.venvs.lock import Lock
from deployments.venvs.wheels import PUBLIC
from packagerepos.indexes import Indexes


def ensure(
    deployment: Deployment, content: Lock, interpreter: Interpreter, story: Story, *, indexes: Callable[[], Indexes]
) -> Environment:
    """A whole environment with exactly the packages of ``content``; the log says why it was reused or made.

    ``indexes`` are asked for only when something has to be fetched or built.
    """
    store = platform.store()
    scope = scope_for(content, platform.scope_of(deployment.workspace))
    key = environment_key(content, interpreter, scope)
    if store.is_ready(key):
        story.say(f"Environment {key} has exactly these packages for this Python: it is used again.")
        built = store.built(key)
    else:
        story.say(f"No environment has exactly these packages for this Python: making {key}.")
        with platform.workbench(deployment) as workbench:
            built = store.build(
                content, interpreter, key, workbench, story.say, story.should_stop,
                indexes=indexes(), source=layout.source(deployment.bundle),
            )  # fmt: skip
        story.say(f"{len(built.packages)} packages, {built.size_bytes:,} bytes with what is shared.")
    return rows.note_ready(
        None if scope == PUBLIC else deployment.workspace,
        key=key,
        python_version=interpreter.version,
        packages=len(built.packages),
        size_bytes=built.size_bytes,
    )


def compile_bytecode(deployment: Deployment) -> None:
    """Compile what the environment lacks: its next start imports faster, and that of all that share files with it."""
    assert deployment.environment is not None
    interpreter = platform.interpreter_of(StoredLaunch.from_json(deployment.launch))
    with platform.workbench(deployment) as workbench:
        platform.store().compile(deployment.environment.key, interpreter, workbench)
    rows.note_compiled(deployment.environment)
