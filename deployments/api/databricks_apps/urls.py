"""The Apps API as the Databricks clients ask for it; mounted beside the rest of that dialect."""

from django.urls import path

from deployments.api.databricks_apps import apps, deployments, permissions

APPS = "api/2.0/apps"
PERMISSIONS = "api/2.0/permissions/apps/<str:name>"

app_name = "databricks-apps"
urlpatterns = [
    path(APPS, apps.Apps.as_view(), name="apps"),
    path(f"{APPS}/<str:name>", apps.AppDetail.as_view(), name="app"),
    path(f"{APPS}/<str:name>/update", apps.UpdateApp.as_view(), name="update-app"),
    path(f"{APPS}/<str:name>/start", apps.StartApp.as_view(), name="start-app"),
    path(f"{APPS}/<str:name>/stop", apps.StopApp.as_view(), name="stop-app"),
    path(f"{APPS}/<str:name>/deployments", deployments.Deployments.as_view(), name="deployments"),
    path(
        f"{APPS}/<str:name>/deployments/<str:deployment_id>",
        deployments.DeploymentDetail.as_view(),
        name="deployment",
    ),
    path(PERMISSIONS, permissions.AppPermissions.as_view(), name="app-permissions"),
    path(f"{PERMISSIONS}/permissionLevels", permissions.PermissionLevels.as_view(), name="app-permission-levels"),
]
