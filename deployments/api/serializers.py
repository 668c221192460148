"""The shapes of our API's answers, and of the bodies it takes.

Bodies are described here for the schema; what is in them is checked by the operations, once for all front doors.
"""

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from deployments.models import Access, AppState, Cause, Deployment, Scaling, State
from deployments.models.base_image import CLEAN
from deployments.operations import serving
from deployments.source.adding import LONGEST as LONGEST_REQUIREMENT
from deployments.timeline import phases
from workspaces.api.paging import Next

Shape = serializers.Serializer[Any]


class AppSettingsSerializer(Shape):
    """What POST and PATCH take. Deployments copy command, path and times when they are requested."""

    title = serializers.CharField(max_length=200, allow_blank=True, required=False)
    command = serializers.ListField(
        child=serializers.CharField(),
        required=False,
        help_text="The words of the command; $PORT is replaced. Empty: app.yaml or the framework decides.",
    )
    readiness_path = serializers.CharField(
        max_length=500, allow_blank=True, required=False, help_text="Asked before the switch; must answer 2xx or 3xx."
    )
    startup_s = serializers.FloatField(
        required=False, min_value=0, max_value=serving.LONGEST_WAIT_S, help_text="Seconds an instance must stay alive."
    )
    start_timeout_s = serializers.FloatField(
        required=False, min_value=1, max_value=serving.LONGEST_WAIT_S, help_text="Seconds until its port must answer."
    )
    environment_management = serializers.BooleanField(
        required=False, allow_null=True, help_text="Whether packages are installed; null is as the site says."
    )
    installer = serializers.ChoiceField(
        ["", "uv", "pip"], required=False, help_text="What resolves requirements; empty is as the workspace says."
    )
    scaling = serializers.ChoiceField(
        Scaling.choices,
        required=False,
        help_text="Conversion to horizontal pins the app to the libraries it had; conversion back deploys at once.",
    )
    instances = serializers.IntegerField(
        required=False, min_value=1, max_value=settings.MAX_INSTANCES, help_text="More than one if horizontally scaled."
    )
    use_preinstalled_libraries = serializers.BooleanField(
        required=False,
        help_text="Can be changed for a horizontally scaled app that was converted from a standard one.",
    )
    base_image = serializers.CharField(
        max_length=63, required=False, help_text="By default the one that the workspace gives to new apps."
    )


class NewAppSerializer(AppSettingsSerializer):
    """``name``: 1 to 63 lower-case letters, digits and hyphens; unique in the workspace."""

    name = serializers.RegexField(r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")
    access = serializers.ChoiceField(Access.choices, required=False, help_text="Who may use it at its address.")


class AppSerializer(Shape):
    name = serializers.CharField()
    title = serializers.CharField()
    url = serializers.URLField(help_text="Where the app answers.")
    state = serializers.ChoiceField(AppState.choices)
    active_deployment = serializers.IntegerField(source="active_deployment.number", default=None, allow_null=True)
    command = serializers.ListField(child=serializers.CharField())
    readiness_path = serializers.CharField()
    startup_s = serializers.FloatField()
    start_timeout_s = serializers.FloatField()
    scaling = serializers.ChoiceField(Scaling.choices)
    was_converted = serializers.BooleanField(help_text="It is horizontally scaled and was a standard app before.")
    instances = serializers.IntegerField()
    environment_management = serializers.BooleanField(allow_null=True)
    installer = serializers.CharField()
    access = serializers.ChoiceField(Access.choices, help_text="Who may use it at its address; see …/access.")
    use_preinstalled_libraries = serializers.BooleanField()
    base_image = serializers.CharField()
    base_image_version = serializers.IntegerField(
        allow_null=True, help_text="The one it is pinned to; null if it takes the newest at each deployment."
    )
    created_at = serializers.DateTimeField()
    owner = serializers.CharField(source="owner.email")


class AppPageSerializer(Shape):
    results = AppSerializer(many=True)
    next = Next()


class FailureSerializer(Shape):
    kind = serializers.CharField(source="failure_kind")
    message = serializers.CharField(source="failure_message")
    hint = serializers.CharField(source="failure_hint")


class FindingSerializer(Shape):
    """Something a deployment was found to lack when it started or while it ran."""

    kind = serializers.CharField()
    message = serializers.CharField()
    hint = serializers.CharField()
    requirement = serializers.CharField(help_text="The line that brings it; empty when none is known.")
    at = serializers.DateTimeField(help_text="When it was first seen.")


class StepSerializer(Shape):
    name = serializers.CharField()
    started_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class PhaseSerializer(StepSerializer):
    """``queued``, ``building``, ``starting`` or ``draining``."""

    steps = StepSerializer(many=True)


class EnvironmentSerializer(Shape):
    key = serializers.CharField(help_text="The same key means the same installed packages.")
    python = serializers.CharField(source="python_version")
    packages = serializers.IntegerField()
    size_bytes = serializers.IntegerField()


class DeploymentSettingsSerializer(Shape):
    """The app's settings as they were when the deployment was requested."""

    command = serializers.ListField(child=serializers.CharField())
    readiness_path = serializers.CharField()
    startup_s = serializers.FloatField()
    start_timeout_s = serializers.FloatField()
    scaling = serializers.ChoiceField(Scaling.choices, default=Scaling.STANDARD)
    base_image = serializers.CharField(default=CLEAN)
    base_image_version = serializers.IntegerField(default=1)
    use_preinstalled_libraries = serializers.BooleanField(default=False)
    own = serializers.ListField(
        child=serializers.CharField(), default=[], help_text="Those of these that were given for this deployment alone."
    )
    own_variables = serializers.ListField(
        child=serializers.CharField(), default=[], source="given", help_text="The names of variables that were."
    )
    own_from = serializers.IntegerField(
        default=None, allow_null=True, help_text="The deployment that both were carried over from."
    )


class DeploymentSerializer(Shape):
    number = serializers.IntegerField()
    state = serializers.ChoiceField(State.choices)
    cause = serializers.ChoiceField(Cause.choices)
    draft = serializers.BooleanField(source="is_draft")
    rebuild = serializers.BooleanField()
    activates = serializers.IntegerField(
        source="activates.number",
        default=None,
        allow_null=True,
        help_text="The deployment that a rollback brought back.",
    )
    created_at = serializers.DateTimeField()
    created_by = serializers.CharField(source="created_by_name")
    finished_at = serializers.DateTimeField(allow_null=True)
    bundle = serializers.CharField(source="bundle.digest")
    environment = EnvironmentSerializer(allow_null=True)
    failure = serializers.SerializerMethodField()
    findings = FindingSerializer(many=True)
    phases = serializers.SerializerMethodField()
    preview_url = serializers.SerializerMethodField(help_text="Where a draft that is ready answers.")
    settings = DeploymentSettingsSerializer()

    @extend_schema_field(FailureSerializer(allow_null=True))
    def get_failure(self, deployment: Deployment) -> dict[str, str] | None:
        return FailureSerializer(deployment).data if deployment.failure_kind else None

    @extend_schema_field(PhaseSerializer(many=True))
    def get_phases(self, deployment: Deployment) -> Any:
        return PhaseSerializer(phases.of(deployment.events.all()), many=True).data

    @extend_schema_field(serializers.URLField(allow_null=True))
    def get_preview_url(self, deployment: Deployment) -> str | None:
        return deployment.preview_url if deployment.state == State.READY else None


class DeploymentPageSerializer(Shape):
    results = DeploymentSerializer(many=True)
    next = Next()


class UploadSerializer(Shape):
    source = serializers.FileField(  # type: ignore[assignment]
        help_text="A tar.gz, tar or zip of the source folder."
    )
    draft = serializers.BooleanField(required=False, help_text="Start it beside the active one, at its own address.")
    rebuild = serializers.BooleanField(required=False, help_text="Resolve and install anew.")


class DeployAgainSerializer(Shape):
    """A bundle with the app's settings, or a deployment with what was given for it alone as well."""

    bundle = serializers.CharField(required=False, help_text='The digest of a bundle of the workspace, or "active".')
    deployment = serializers.IntegerField(
        required=False, min_value=1, help_text="The number of a deployment of this app to repeat, in place of a bundle."
    )
    draft = serializers.BooleanField(required=False)
    rebuild = serializers.BooleanField(required=False)


class FixSerializer(Shape):
    requirements = serializers.ListField(
        child=serializers.CharField(max_length=LONGEST_REQUIREMENT),
        required=False,
        help_text="Lines to add; those of the findings without.",
    )


class LineSerializer(Shape):
    at = serializers.DateTimeField()
    source = serializers.CharField(  # type: ignore[assignment]
        help_text="Who wrote it: an instance, or the build."
    )
    text = serializers.CharField()


class LogPageSerializer(Shape):
    lines = LineSerializer(many=True)
    next_offset = serializers.CharField(help_text="Opaque; send it as offset to read on, now or later.")
    finished = serializers.BooleanField(help_text="Nothing more will come.")


class StreamEventSerializer(Shape):
    """One server-sent event: ``lines`` (its id is the next offset), ``state`` or ``end``; ``data`` is JSON."""

    id = serializers.CharField(required=False)
    event = serializers.CharField()
    data = serializers.CharField()  # type: ignore[assignment]


class IndexSerializer(Shape):
    apps = serializers.URLField()
    schema = serializers.URLField()
