"""Our own API, mounted at /api/v1. No address ends with a slash, and none ever redirects."""

from django.urls import path, re_path

from deployments.api import (
    access,
    apps,
    base_images,
    deployments,
    env_vars,
    environments,
    index,
    index_previews,
    listed_packages,
    logs,
    metrics,
    opt_outs,
    packages,
)
from workspaces.api.fallbacks import unknown_address

DEPLOYMENT = "/apps/<str:name>/deployments/<int:number>"

app_name = "api"
urlpatterns = [
    path("", index.Index.as_view(), name="index"),
    path("/schema", index.Schema.as_view(), name="schema"),
    path("/base-images", base_images.BaseImages.as_view(), name="base-images"),
    path("/apps", apps.Apps.as_view(), name="apps"),
    path(
        "/workspace/package-repositories/preview",
        index_previews.Preview.as_view(),
        name="package-repositories-preview",
    ),
    path("/apps/<str:name>", apps.AppDetail.as_view(), name="app"),
    path("/apps/<str:name>/restore", apps.RestoreApp.as_view(), name="restore-app"),
    path("/apps/<str:name>/start", apps.StartApp.as_view(), name="start-app"),
    path("/apps/<str:name>/stop", apps.StopApp.as_view(), name="stop-app"),
    path("/apps/<str:name>/access", access.AppAccess.as_view(), name="app-access"),
    path("/apps/<str:name>/env", env_vars.Environment.as_view(), name="app-env"),
    path("/apps/<str:name>/metrics", metrics.AppMetrics.as_view(), name="app-metrics"),
    path("/apps/<str:name>/log", logs.AppLog.as_view(), name="app-log"),
    path("/apps/<str:name>/opt-out-preview", opt_outs.OptOut.as_view(), name="opt-out-preview"),
    path("/apps/<str:name>/opt-out-preview/accept", opt_outs.AcceptOptOut.as_view(), name="accept-opt-out-preview"),
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
    path(f"{DEPLOYMENT}/fix", deployments.FixDeployment.as_view(), name="fix-deployment"),
    path(f"{DEPLOYMENT}/packages", packages.Packages.as_view(), name="deployment-packages"),
    path(f"{DEPLOYMENT}/packages/difference", packages.PackageDifference.as_view(), name="package-difference"),
    path(f"{DEPLOYMENT}/requirements.lock", packages.RequirementsLock.as_view(), name="requirements-lock"),
    path(f"{DEPLOYMENT}/sbom.json", packages.Sbom.as_view(), name="sbom"),
    path("/packages", packages.Inventory.as_view(), name="packages"),
    path("/environments", environments.Environments.as_view(), name="environments"),
    path("/environments/<str:key>", environments.EnvironmentDetail.as_view(), name="environment"),
    path("/external-packages", listed_packages.ExternalPackages.as_view(), name="external-packages"),
    path("/external-packages/<str:name>", listed_packages.ExternalPackageDetail.as_view(), name="external-package"),
    path("/prohibited-packages", listed_packages.ProhibitedPackages.as_view(), name="prohibited-packages"),
    path(
        "/prohibited-packages/<str:name>", listed_packages.ProhibitedPackageDetail.as_view(), name="prohibited-package"
    ),
    re_path(r"^/.*$", unknown_address, name="unknown"),
]
