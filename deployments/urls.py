"""The pages of this app."""

from django.urls import path

from deployments.views.apps import (
    access_page,
    app_list,
    app_page,
    creation,
    env_vars,
    opt_out_page,
    runtime_page,
    settings_page,
)
from deployments.views.deployments import deploying, deployment_page, deployments_page
from deployments.views.logs import logs_page, streams
from deployments.views.packages import inventory_page, package_pages
from deployments.views.visiting import app_entrance, content_address, draft_page
from workspaces.urls import WORKSPACE

APPS = f"{WORKSPACE}/apps"
APP = f"{APPS}/<slug:name>"
DEPLOYMENT = f"{APP}/deployments/<int:number>"

urlpatterns = [
    path("open", app_entrance.open_app, name="open-app"),
    path("manage", app_page.at_host, name="app-at-host"),
    path("content/<uuid:guid>", content_address.content, name="content-address"),
    path("content/<uuid:guid>/", content_address.content, name="content-front-page"),
    path("content/<uuid:guid>/_bundle<int:bundle>/", content_address.content, name="content-bundle"),
    path("content/<uuid:guid>/_bundle<int:bundle>/<path:path>", content_address.content, name="content-in-bundle"),
    path("content/<uuid:guid>/<path:path>", content_address.content, name="content-path"),
    path("", app_list.home, name="home"),
    path(APPS, app_list.app_list, name="apps"),
    path(f"{APPS}/new", creation.new_app, name="new-app"),
    path(f"{WORKSPACE}/app-name", creation.app_name, name="app-name"),
    path(f"{WORKSPACE}/deleted-apps/<uuid:app>/restore", app_list.restore, name="restore-app"),
    path(APP, app_page.app, name="app"),
    path(f"{APP}/deployments", deployments_page.app_deployments, name="app-deployments"),
    path(f"{APP}/logs", logs_page.app_logs, name="app-logs"),
    path(f"{APP}/start", app_page.start, name="start-app"),
    path(f"{APP}/stop", app_page.stop, name="stop-app"),
    path(f"{APP}/environment", env_vars.environment, name="app-environment"),
    path(f"{APP}/environment/remove", env_vars.remove, name="remove-env-var"),
    path(f"{APP}/environment/paste", env_vars.paste, name="paste-env-vars"),
    path(f"{APP}/access", access_page.app_access, name="app-access"),
    path(f"{APP}/settings", settings_page.app_settings, name="app-settings"),
    path(f"{APP}/configuration", runtime_page.configure, name="configure-app"),
    path(f"{APP}/opt-out", opt_out_page.opt_out, name="opt-out"),
    path(f"{APP}/opt-out/accept", opt_out_page.accept, name="accept-opt-out"),
    path(f"{APP}/opt-out/discard", opt_out_page.discard, name="discard-opt-out"),
    path(f"{APP}/scaling", runtime_page.scale, name="scale-app"),
    path(f"{APP}/scaling/standard", runtime_page.convert_back, name="convert-app-back"),
    path(f"{APP}/owner", settings_page.hand_over, name="hand-over-app"),
    path(f"{APP}/delete", settings_page.delete, name="delete-app"),
    path(f"{APP}/deploy", deploying.deploy, name="deploy"),
    path(f"{WORKSPACE}/packages", inventory_page.package_inventory, name="packages"),
    path(f"{APP}/packages", package_pages.app_packages, name="app-packages"),
    path(DEPLOYMENT, deployment_page.deployment, name="deployment"),
    path(f"{APP}/draft/<int:bundle>", draft_page.draft, name="draft"),
    path(f"{DEPLOYMENT}/log", streams.deployment_log, name="deployment-log"),
    path(f"{DEPLOYMENT}/timeline", streams.deployment_timeline, name="deployment-timeline"),
    path(f"{DEPLOYMENT}/packages", package_pages.deployment_packages, name="deployment-packages"),
    path(f"{DEPLOYMENT}/requirements.lock", package_pages.requirements_lock, name="requirements-lock"),
    path(f"{DEPLOYMENT}/sbom.json", package_pages.sbom, name="sbom"),
    path(f"{DEPLOYMENT}/fix", deploying.fix, name="fix"),
    path(f"{DEPLOYMENT}/again", deploying.deploy_again, name="deploy-again"),
    path(f"{DEPLOYMENT}/activate", deployment_page.activate, name="activate"),
    path(f"{DEPLOYMENT}/cancel", deployment_page.cancel, name="cancel"),
]
