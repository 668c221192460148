"""/api/v1/apps/{name}/metrics"""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from deployments.api import lookups
from deployments.metrics import series
from deployments.metrics.measured import Measured
from deployments.metrics.series import Range
from workspaces.api import fields
from workspaces.api.errors import answers
from workspaces.api.views import ApiView
from workspaces.errors import Invalid
from workspaces.permissions import Permission, require

RANGES = [one.value for one in Range]


class PointSerializer(serializers.Serializer[Any]):
    """What was measured in the ``step_s`` seconds from ``at`` on."""

    at = serializers.DateTimeField()
    covered_s = serializers.FloatField(help_text="Seconds that counts are over: longer than a step after a gap.")
    requests = serializers.IntegerField()
    errors = serializers.IntegerField(  # type: ignore[assignment]
        help_text="Answers of 500 and above."
    )
    bytes_out = serializers.IntegerField()
    p50_ms = serializers.FloatField(allow_null=True, help_text="Half of the answers took at most this long.")
    p95_ms = serializers.FloatField(allow_null=True)
    memory_bytes = serializers.IntegerField(help_text="The most at once, of all instances, without shared libraries.")
    instances = serializers.IntegerField()
    cpu_ms = serializers.IntegerField()


class ActivationSerializer(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    at = serializers.DateTimeField()


class MetricsSerializer(serializers.Serializer[Any]):
    """A step without a point was not measured."""

    range = serializers.ChoiceField(RANGES)
    start = serializers.DateTimeField()
    end = serializers.DateTimeField()
    step_s = serializers.IntegerField()
    points = PointSerializer(many=True)
    deployments = ActivationSerializer(many=True, help_text="Those that became active.")


class AppMetrics(ApiView):
    @extend_schema(
        operation_id="app_metrics",
        parameters=[OpenApiParameter("range", str, enum=RANGES, description="1h by default.")],
        responses={200: MetricsSerializer, **answers(400, 404)},
    )
    def get(self, request: Request, name: str) -> Response:
        """What the app did and used over the last hour, day or week."""
        require(self.principal, Permission.VIEW_APPS)
        app = lookups.app(self.principal, name)
        fields.refuse_unknown(request.query_params.keys(), {"range", "format"})
        found = series.of(app, _range(request.query_params.get("range", Range.HOUR)), timezone.now())
        content = {
            "range": found.range,
            "start": found.start,
            "end": found.end,
            "step_s": found.step_s,
            "points": [_point(at, measured) for at, measured in found.points.items()],
            "deployments": [asdict(one) for one in series.activations(app, found)],
        }
        return Response(MetricsSerializer(content).data)


def _range(word: str) -> Range:
    try:
        return Range(word)
    except ValueError:
        raise Invalid("There is no such range.", f"It is one of {', '.join(RANGES)}.") from None


def _point(at: datetime, measured: Measured) -> dict[str, object]:
    quantiles = {"p50_ms": measured.quantile_ms(0.5), "p95_ms": measured.quantile_ms(0.95)}
    return {"at": at, **asdict(measured), **quantiles}
