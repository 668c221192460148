"""What stands above an app's live tabs: how it is, and how its newest deployment fares."""

from deployments.models import App, AppState
from deployments.views import rows


def of(app: App) -> dict[str, object]:
    """For ``_app_head.html``; ``is_changing`` tells the page to look again by itself."""
    deployment = rows.newest_of([app]).get(app.pk)
    newest = rows.row_of(deployment) if deployment else None
    is_changing = app.state is AppState.STARTING or (newest is not None and newest.is_in_flight)
    return {"app": app, "newest": newest, "is_changing": is_changing}
