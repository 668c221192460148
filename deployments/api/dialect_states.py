"""States of ours as other APIs call them: one table for each word that a dialect has."""

from deployments.models import AppState, State

#: How a task of Posit Connect ends. A deployment in a state that is not here is still on its way.
CONNECT_EXIT_CODES: dict[State, int] = {
    State.READY: 0,
    State.ACTIVE: 0,
    State.DRAINING: 0,
    State.RETIRED: 0,
    State.FAILED: 1,
    State.CANCELLED: 1,
}
#: Frameworks of launchers as Connect's "app_mode"; what is not here is called by what its server calls.
CONNECT_APP_MODES = {
    "Dash": "python-dash",
    "Gradio": "python-gradio",
    "Shiny": "python-shiny",
    "Streamlit": "python-streamlit",
    "Flask": "python-api",
    "Bottle": "python-api",
    "WSGI": "python-api",
    "Django": "python-api",
    "Python program": "python-api",
    "command": "python-api",
}
CONNECT_OTHER_APP_MODE = "python-fastapi"
#: Of content that never served.
CONNECT_UNKNOWN_APP_MODE = "unknown"
#: Databricks' state of compute and of the application, by ours of an app.
DATABRICKS_APP: dict[AppState, tuple[str, str]] = {
    # Where nothing was deployed there is nothing to start: clients that wait for compute go on to deploy.
    AppState.EMPTY: ("ACTIVE", "UNAVAILABLE"),
    AppState.STARTING: ("STARTING", "DEPLOYING"),
    AppState.RUNNING: ("ACTIVE", "RUNNING"),
    AppState.DEGRADED: ("ACTIVE", "RUNNING"),
    AppState.CRASHED: ("ACTIVE", "CRASHED"),
    AppState.STOPPED: ("STOPPED", "UNAVAILABLE"),
    AppState.DELETING: ("DELETING", "UNAVAILABLE"),
}
#: Its states of a deployment. Its clients wait for SUCCEEDED or FAILED; of CANCELLED they never take notice.
DATABRICKS_DEPLOYMENT: dict[State, str] = {
    State.QUEUED: "IN_PROGRESS",
    State.BUILDING: "IN_PROGRESS",
    State.STARTING: "IN_PROGRESS",
    State.READY: "SUCCEEDED",
    State.ACTIVE: "SUCCEEDED",
    State.DRAINING: "SUCCEEDED",
    State.RETIRED: "SUCCEEDED",
    State.FAILED: "FAILED",
    State.CANCELLED: "FAILED",
}
