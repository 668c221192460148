"""Where everything is mounted. Names are the API's promise: no trailing slashes, no redirects."""

from django.urls import include, path

from config.health import healthz
from workspaces.admin.site import site

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("admin/", site.urls),
    path("api/v1", include("workspaces.api.urls")),
    path("api/v1", include("packagerepos.api.urls")),
    path("api/v1", include("deployments.api.urls")),
    path("", include("deployments.api.connect.urls")),
    path("", include("deployments.api.databricks_files.urls")),
    path("", include("deployments.api.databricks_apps.urls")),
    path("", include("workspaces.api.databricks.urls")),
    path("", include("workspaces.urls")),
    path("", include("deployments.urls")),
]

handler400 = "workspaces.api.fallbacks.bad_request"
handler403 = "workspaces.api.fallbacks.permission_denied"
handler404 = "workspaces.api.fallbacks.not_found"
handler500 = "workspaces.api.fallbacks.server_error"
