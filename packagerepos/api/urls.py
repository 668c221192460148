"""Our own API's addresses of where packages come from, mounted at /api/v1 before those of deployments."""

from django.urls import path

from packagerepos.api import config_files, policy, repositories

app_name = "packages-api"
urlpatterns = [
    path("/workspace/package-repositories", repositories.Repositories.as_view(), name="package-repositories"),
    path("/workspace/package-repositories/test", repositories.Test.as_view(), name="test-package-repositories"),
    path("/workspace/package-policy", policy.Policy.as_view(), name="package-policy"),
    path("/workspace/pip.conf", config_files.PipConf.as_view(), name="pip-conf"),
    path("/workspace/uv.toml", config_files.UvToml.as_view(), name="uv-toml"),
    path("/workspace/ca.pem", config_files.CaBundle.as_view(), name="ca-bundle"),
]
