"""Objects as Connect's clients read them. What Slipway does not have is null."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from deployments.api.dialect_states import CONNECT_APP_MODES, CONNECT_OTHER_APP_MODE, CONNECT_UNKNOWN_APP_MODE
from deployments.models import Access, App, Bundle, Deployment
from workspaces.api.connect.times import rfc3339

ACCESS_TYPES = {Access.EVERYONE: "all", Access.MEMBERS: "logged_in", Access.CHOSEN: "acl"}
#: Fields of content that an app has nothing for.
NOTHING = dict.fromkeys(
    (
        "description", "connection_timeout", "read_timeout", "idle_timeout", "max_processes", "min_processes",
        "max_conns_per_process", "load_factor", "memory_request", "memory_limit", "cpu_request", "cpu_limit",
        "amd_gpu_limit", "nvidia_gpu_limit", "service_account_name", "default_image_name",
        "default_environment_guid", "environment_guid", "cluster_name", "image_name", "r_version", "quarto_version",
        "node_version", "r_environment_management", "default_r_environment_management", "run_as",
    )
)  # fmt: skip


def content(app: App) -> dict[str, Any]:
    """An app as content. It comes with workspace, owner and active deployment."""
    active = app.active_deployment
    launch: Mapping[str, Any] = (active.launch if active else None) or {}
    return {
        **NOTHING,
        "guid": str(app.uuid),
        "id": str(app.pk),
        "name": app.name,
        "title": app.title or None,
        "access_type": ACCESS_TYPES[Access(app.access)],
        "locked": False,
        "locked_message": "",
        "init_timeout": int(app.startup_s + app.start_timeout_s),
        "created_time": rfc3339(app.created_at),
        "last_deployed_time": rfc3339(active.state_changed_at if active else None),
        "bundle_id": str(active.bundle_id) if active else None,
        "app_mode": _app_mode(launch),
        "content_category": "",
        "parameterized": False,
        "py_version": launch.get("python_version"),
        "py_environment_management": app.environment_management,
        "default_py_environment_management": app.environment_management,
        "run_as_current_user": False,
        "owner_guid": str(app.owner.uuid),
        "content_url": f"{app.url}/",
        "dashboard_url": dashboard_url(app),
        # Every member of a workspace may change its apps.
        "app_role": "owner",
    }


def dashboard_url(app: App) -> str:
    """The app's page. Clients add "/logs", and "/draft/102" for a bundle that is not activated."""
    return f"{settings.URL}/w/{app.workspace.slug}/apps/{app.name}"


def bundle(row: Bundle, app: App, metadata: Mapping[str, str], used: Deployment | None = None) -> dict[str, Any]:
    """``used`` is the newest deployment of it, which knows its Python."""
    active = app.active_deployment
    launch: Mapping[str, Any] = (used.launch if used else None) or {}
    nothing = ("environment_guid", "cluster_name", "image_name", "r_version", "quarto_version")
    return {
        **dict.fromkeys(nothing),
        "id": str(row.pk),
        "content_guid": str(app.uuid),
        "created_by": row.created_by_name,
        "created_time": rfc3339(row.created_at),
        "r_environment_management": None,
        "py_version": launch.get("python_version"),
        "py_environment_management": None,
        "active": active is not None and active.bundle_id == row.pk,
        "size": row.size_bytes,
        "metadata": {"archive_sha256": row.digest.removeprefix("sha256:"), **metadata},
    }


def _app_mode(launch: Mapping[str, Any]) -> str:
    if not launch:
        return CONNECT_UNKNOWN_APP_MODE
    return CONNECT_APP_MODES.get(launch.get("framework", ""), CONNECT_OTHER_APP_MODE)
