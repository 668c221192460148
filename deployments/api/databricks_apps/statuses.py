"""How an app and its deployments are, in the dialect's states and in a sentence that clients show."""

from typing import Any

from deployments.api.dialect_states import DATABRICKS_APP, DATABRICKS_DEPLOYMENT
from deployments.models import App, AppState, Deployment, EventKind, InstanceState, State

#: Of an instance that has not ended yet.
RUNNING = (InstanceState.STARTING, InstanceState.HEALTHY, InstanceState.DRAINING)
COMPUTE = {
    "ACTIVE": "App compute is active.",
    "STARTING": "App compute is starting.",
    "STOPPING": "App compute is stopping.",
    "STOPPED": "App compute is stopped.",
    "DELETING": "App compute is being deleted.",
}
APP = {
    AppState.EMPTY: "Nothing has been deployed to this app yet.",
    AppState.STARTING: "App is starting.",
    AppState.RUNNING: "App has status: App is running.",
    AppState.DEGRADED: "Some instances of the app are running, some are not.",
    AppState.CRASHED: "App has crashed. Its log says why.",
    AppState.STOPPED: "App status is unavailable: the app is stopped.",
    AppState.DELETING: "App is being deleted.",
}
DEPLOYMENT = {
    State.QUEUED: "Waiting for its build to begin.",
    State.BUILDING: "Building.",
    State.STARTING: "Starting and checking the app.",
    State.READY: "The app started successfully.",
    State.ACTIVE: "The app started successfully.",
    State.DRAINING: "The app started successfully; a newer deployment has taken its place.",
    State.RETIRED: "The app started successfully; a newer deployment has taken its place.",
    State.CANCELLED: "Cancelled.",
}
STEPS = {
    "unpack": "Building: unpacking the source.",
    "spec": "Building: reading what the source asks for.",
    "image": "Building: looking up the pre-installed libraries.",
    "lock": "Building: resolving packages.",
    "environment": "Building: installing packages.",
}


def of_compute(app: App) -> dict[str, Any]:
    state = DATABRICKS_APP[app.state][0]
    if app.active_deployment is None and app.state is AppState.STARTING:
        # Only a deployment is on its way, and the clients that wait for compute are those that would send one.
        state = "ACTIVE"
    if state == "STOPPED" and _running(app):
        state = "STOPPING"
    return {"state": state, "message": COMPUTE[state], "active_instances": len(_running(app))}


def of_app(app: App) -> dict[str, Any]:
    healthy = [instance for instance in _running(app) if instance.state == InstanceState.HEALTHY]
    state = DATABRICKS_APP[app.state][1]
    return {"state": state, "message": APP[app.state], "running_instances": len(healthy)}


def of_deployment(deployment: Deployment) -> dict[str, str]:
    return {"state": DATABRICKS_DEPLOYMENT[State(deployment.state)], "message": _sentence(deployment)}


def _running(app: App) -> list[Any]:
    if app.active_deployment is None:
        return []
    return [instance for instance in app.active_deployment.instances.all() if instance.state in RUNNING]


def _sentence(deployment: Deployment) -> str:
    """What clients print beside the state: of a failure what happened and what helps."""
    state = State(deployment.state)
    if state is State.FAILED:
        return f"{deployment.failure_message} {deployment.failure_hint}".strip()
    events = list(deployment.events.all())
    if state is State.CANCELLED:
        texts = [event.text for event in events if event.name == state and event.text]
        return f"{texts[-1]}." if texts else DEPLOYMENT[state]
    if state is State.BUILDING:
        begun = [event.name for event in events if event.kind == EventKind.STEP_STARTED]
        return STEPS.get(begun[-1], DEPLOYMENT[state]) if begun else DEPLOYMENT[state]
    return DEPLOYMENT[state]
