"""What the Posit Connect clients find here. No address ends with a slash, and none ever redirects."""

from django.urls import path, re_path

from deployments.api.connect import bundles, content, deploying, environment, packages, server, tasks
from workspaces.api.connect import errors, people

V1 = "__api__/v1"
CONTENT = f"{V1}/content/<uuid:guid>"
BUNDLE = f"{CONTENT}/bundles/<str:bundle_id>"

app_name = "connect"
urlpatterns = [
    path("__api__/server_settings", server.ServerSettings.as_view(), name="server-settings"),
    path(f"{V1}/server_settings/python", server.PythonSettings.as_view(), name="python-settings"),
    path(f"{V1}/server_settings/r", server.OtherRuntime.as_view(), name="r-settings"),
    path(f"{V1}/server_settings/quarto", server.OtherRuntime.as_view(), name="quarto-settings"),
    path(f"{V1}/server_settings/nodejs", server.OtherRuntime.as_view(), name="nodejs-settings"),
    path(f"{V1}/user", people.Me.as_view(), name="user"),
    path(f"{V1}/content", content.Contents.as_view(), name="contents"),
    path(CONTENT, content.ContentDetail.as_view(), name="content"),
    path(f"{CONTENT}/environment", environment.Environment.as_view(), name="environment"),
    path(f"{CONTENT}/bundles", bundles.Bundles.as_view(), name="bundles"),
    path(BUNDLE, bundles.BundleDetail.as_view(), name="bundle"),
    path(f"{BUNDLE}/download", bundles.DownloadBundle.as_view(), name="download-bundle"),
    path(f"{CONTENT}/deploy", deploying.Deploy.as_view(), name="deploy"),
    path(f"{CONTENT}/packages", packages.Packages.as_view(), name="packages"),
    path(f"{CONTENT}/lockfile", packages.Lockfile.as_view(), name="lockfile"),
    path(f"{V1}/tasks/<str:task_id>", tasks.Task.as_view(), name="task"),
    re_path(r"^__api__(?:/.*)?$", errors.unknown_address, name="unknown"),
]
