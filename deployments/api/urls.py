"""Our own API, mounted at /api/v1. No address ends with a slash, and none ever redirects."""

from django.urls import path, re_path

from deployments.api import access, apps, deployments, env_vars, index, logs
from workspaces.api.fallbacks import unknown_address

app_name = "api"
urlpatterns = [
    path("", index.Index.as_view(), name="index"),
    path("/schema", index.Schema.as_view(), name="schema"),
    path("/apps", apps.Apps.as_view(), name="apps"),
    path("/apps/<str:name>", apps.AppDetail.as_view(), name="app"),
    path("/apps/<str:name>/restore", apps.RestoreApp.as_view(), name="restore-app"),
    path("/apps/<str:name>/start", apps.StartApp.as_view(), name="start-app"),
    path("/apps/<str:name>/stop", apps.StopApp.as_view(), name="stop-app"),
    path("/apps/<str:name>/access", access.AppAccess.as_view(), name="app-access"),
    path("/apps/<str:name>/env", env_vars.Environment.as_view(), name="app-env"),
    path("/apps/<str:name>/log", logs.AppLog.as_view(), name="app-log"),
    path("/apps/<str:name>/deployments", deployments.Deployments.as_view(), name="deployments"),
    path("/apps/<str:name>/deployments/<int:number>", deployments.DeploymentDetail.as_view(), name="deployment"),
    path(
        "/apps/<str:name>/deployments/<int:number>/activate",
        deployments.ActivateDeployment.as_view(),
        name="activate-deployment",
    ),
    path(
        "/apps/<str:name>/deployments/<int:number>/cancel",
        deployments.CancelDeployment.as_view(),
        name="cancel-deployment",
    ),
    path("/apps/<str:name>/deployments/<int:number>/log", logs.DeploymentLog.as_view(), name="deployment-log"),
    re_path(r"^/.*$", unknown_address, name="unknown"),
]
