"""States of ours as other APIs call them: one table for each word that a dialect has."""

from deployments.models import State

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
