"""The environment of a lock: taken from the store, or made."""

from deployments.models import Deployment, Environment
from deployments.operations import environments as rows
from deployments.pipeline import platform
from deployments.pipeline.steps import Story
from deployments.venvs.environments import environment_key
from deployments.venvs.interpreters import Interpreter
from deployments.venvs.lock import Lock


def ensure(deployment: Deployment, content: Lock, interpreter: Interpreter, story: Story) -> Environment:
    """A whole environment with exactly the packages of ``content``; the log says why it was reused or made."""
    store = platform.store()
    owner = None if content.is_public else deployment.workspace
    scope = "public" if owner is None else f"w{owner.pk}"
    key = environment_key(content, interpreter, scope)
    if store.is_ready(key):
        story.say(f"Environment {key} has exactly these packages for this Python: it is used again.")
    else:
        story.say(f"No environment has exactly these packages for this Python: making {key}.")
        with platform.workbench(deployment) as workbench:
            built = store.build(content, interpreter, key, workbench, story.say, story.should_stop)
        story.say(f"Made of {built.packages} packages, {built.size_bytes:,} bytes.")
    return rows.note_ready(
        owner, key=key, python_version=interpreter.version, packages=len(content.packages), size_bytes=store.size_bytes(key)
    )
