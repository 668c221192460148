"""Workspace files as the Databricks clients ask for them; mounted beside the rest of that dialect."""

from django.urls import path

from deployments.api.databricks_files import exporting, importing, views

WORKSPACE = "api/2.0/workspace"

app_name = "databricks-files"
urlpatterns = [
    path(f"{WORKSPACE}/mkdirs", views.MakeFolder.as_view(), name="mkdirs"),
    path(f"{WORKSPACE}/list", views.ListFolder.as_view(), name="list"),
    path(f"{WORKSPACE}/get-status", views.GetStatus.as_view(), name="get-status"),
    path(f"{WORKSPACE}/import", importing.Import.as_view(), name="import"),
    path(f"{WORKSPACE}/export", exporting.Export.as_view(), name="export"),
    path(f"{WORKSPACE}/delete", views.Delete.as_view(), name="delete"),
    path("api/2.0/workspace-files/import-file/<path:file>", importing.ImportFile.as_view(), name="import-file"),
]
