"""Where everything is mounted. Names are the API's promise: no trailing slashes, no redirects."""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

from config.health import healthz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("admin/", admin.site.urls),
    path("api/v1", include("deployments.api.urls")),
    path("api/v1/schema", SpectacularAPIView.as_view(), name="schema"),
    path("", include("workspaces.urls")),
    path("", include("deployments.urls")),
]
