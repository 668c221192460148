"""Apps and deployments as the dialect writes them down."""

from typing import Any

from deployments.api.databricks_apps import statuses
from deployments.models import App, Deployment, Scaling
from deployments.models.requested_settings import RequestedSettings
from workspaces.api.databricks.times import rfc3339

#: Nobody limits memory or processor of an app here; clients want to read a size.
SIZE = "MEDIUM"


def app(row: App) -> dict[str, Any]:
    """Of ``lookups.apps``. What there is not is left out, which clients read as absent."""
    content: dict[str, Any] = {
        "name": row.name,
        "id": str(row.uuid),
        "description": row.title,
        "url": row.url,
        "creator": row.created_by_name,
        "updater": row.created_by_name,
        "create_time": rfc3339(row.created_at),
        "update_time": rfc3339(row.updated_at),
        "compute_size": SIZE,
        "compute_status": statuses.of_compute(row),
        "app_status": statuses.of_app(row),
        # By this id the app stands in the lists of the secret scopes it reads.
        "service_principal_client_id": str(row.uuid),
        "service_principal_name": f"app-{row.name}",
    }
    if row.scaling == Scaling.HORIZONTAL:
        content |= {"compute_min_instances": row.instances, "compute_max_instances": row.instances}
    if path := getattr(row, "newest_source_path", None):
        content["default_source_code_path"] = path
    if row.active_deployment is not None:
        content["active_deployment"] = deployment(row.active_deployment)
    if row.in_flight:
        content["pending_deployment"] = deployment(max(row.in_flight, key=lambda one: one.number))
    return content


def deployment(row: Deployment) -> dict[str, Any]:
    """Of variables only the names: whoever may see the app need not see what was given to one deployment."""
    requested = RequestedSettings.from_json(row.settings)
    content: dict[str, Any] = {
        "deployment_id": row.uuid.hex,
        "mode": "SNAPSHOT",
        "status": statuses.of_deployment(row),
        "creator": row.created_by.email if row.created_by else row.created_by_name,
        "create_time": rfc3339(row.created_at),
        "update_time": rfc3339(row.state_changed_at),
    }
    if row.source_path:
        content |= {
            "source_code_path": row.source_path,
            "deployment_artifacts": {"source_code_path": row.source_path},
        }
    if requested.command:
        content["command"] = list(requested.command)
    if requested.given:
        content["env_vars"] = [{"name": name} for name in requested.given]
    return content
