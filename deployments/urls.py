"""The pages of this app."""

from django.urls import path

from deployments.views import (
    access_page,
    app_entrance,
    app_list,
    app_page,
    creation,
    deploying,
    deployment_page,
    deployments_page,
    draft_page,
    env_vars,
    inventory_page,
    logs_page,
    package_pages,
    runtime_page,
    settings_page,
    streams,
)

APPS = "w/<slug:workspace>/apps"
APP = f"{APPS}/<slug:name>"
DEPLOYMENT = f"{APP}/deployments/<int:number>"

urlpatterns = [
    path("open", app_entrance.open_app, name="open-app"),
    path("manage", app_page.at_host, name="app-at-host"),
    path("", app_list.home, name="home"),
    path(APPS, app_list.app_list, name="apps"),
    path(f"{APPS}/new", creation.new_app, name="new-app"),
    path("w/<slug:workspace>/app-name", creation.app_name, name="app-name"),
    path("w/<slug:workspace>/deleted-apps/<uuid:app>/restore", app_list.restore, name="restore-app"),
    path(APP, app_page.app, name="app"),
    path(f"{APP}/deployments", deployments_page.app_deployments, name="app-deployments"),
    path(f"{APP}/logs", logs_page.app_logs, name="app-logs"),
    path(f"{APP}/log", streams.app_log, name="app-log"),
    path(f"{APP}/start", app_page.start, name="start-app"),
    path(f"{APP}/stop", app_page.stop, name="stop-app"),
    path(f"{APP}/environment", env_vars.environment, name="app-environment"),
    path(f"{APP}/environment/remove", env_vars.remove, name="remove-env-var"),
    path(f"{APP}/environment/paste", env_vars.paste, name="paste-env-vars"),
    path(f"{APP}/access", access_page.app_access, name="app-access"),
    path(f"{APP}/settings", settings_page.app_settings, name="app-settings"),
    path(f"{APP}/configuration", runtime_page.configure, name="configure-app"),
    path(f"{APP}/scaling", runtime_page.scale, name="scale-app"),
    path(f"{APP}/scaling/standard", runtime_page.convert_back, name="convert-app-back"),
    path(f"{APP}/owner", settings_page.hand_over, name="hand-over-app"),
    path(f"{APP}/delete", settings_page.delete, name="delete-app"),
    path(f"{APP}/deploy", deploying.deploy, name="deploy"),
    path("w/<slug:workspace>/packages", inventory_page.package_inventory, name="packages"),
    path(f"{APP}/packages", package_pages.app_packages, name="app-packages"),
    path(DEPLOYMENT, deployment_page.deployment, name="deployment"),
    path(f"{APP}/draft/<int:bundle>", draft_page.draft, name="draft"),
    path(f"{DEPLOYMENT}/log", streams.deployment_log, name="deployment-log"),
    path(f"{DEPLOYMENT}/packages", package_pages.deployment_packages, name="deployment-packages"),
    path(f"{DEPLOYMENT}/requirements.lock", package_pages.requirements_lock, name="requirements-lock"),
    path(f"{DEPLOYMENT}/sbom.json", package_pages.sbom, name="sbom"),
    path(f"{DEPLOYMENT}/fix", deploying.fix, name="fix"),
    path(f"{DEPLOYMENT}/again", deploying.deploy_again, name="deploy-again"),
    path(f"{DEPLOYMENT}/activate", deployment_page.activate, name="activate"),
    path(f"{DEPLOYMENT}/cancel", deployment_page.cancel, name="cancel"),
]
