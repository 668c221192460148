"""/api/v1/apps/{name}/opt-out-preview: what an app would lack without its pre-installed libraries."""

from dataclasses import asdict
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from deployments.api import lookups
from deployments.models import App, OptOutPreview, OptOutState
from deployments.operations import opt_outs
from deployments.venvs.inspecting.opting_out import Missing
from workspaces.api import fields
from workspaces.api.errors import answers
from workspaces.api.views import ApiView

Shape = serializers.Serializer[Any]


class MissingModuleSerializer(Shape):
    module = serializers.CharField(help_text='As it is imported, or "program gunicorn" for what the command starts.')
    distribution = serializers.CharField()
    requirement = serializers.CharField(
        help_text="The line that brings it, pinned to the version now running, with hashes where the source has them."
    )
    files = serializers.ListField(child=serializers.CharField(), help_text="Empty if it only showed in the trial.")
    is_guarded = serializers.BooleanField(help_text="The source is prepared for its absence.")
    needed_by = serializers.CharField(help_text="What needs it, where requirements with hashes must name that too.")


class UnknownModuleSerializer(Shape):
    module = serializers.CharField()
    files = serializers.ListField(child=serializers.CharField())
    hint = serializers.CharField()


class BrokenModuleSerializer(Shape):
    module = serializers.CharField()
    why = serializers.CharField()
    is_guarded = serializers.BooleanField()


class OptOutFailureSerializer(Shape):
    message = serializers.CharField()
    hint = serializers.CharField()


class OptOutPreviewSerializer(Shape):
    state = serializers.ChoiceField(OptOutState.choices)
    created_at = serializers.DateTimeField()
    created_by = serializers.CharField()
    finished_at = serializers.DateTimeField(allow_null=True)
    deployment = serializers.IntegerField(help_text="The one that was active, whose source was searched.")
    outdated = serializers.CharField(help_text="Why it says nothing about the app as it is now; empty if it does.")
    missing = MissingModuleSerializer(many=True)
    unknown = UnknownModuleSerializer(many=True, help_text="Imported, but not there today either.")
    notices = serializers.ListField(child=serializers.CharField())
    broken = BrokenModuleSerializer(many=True, help_text="What could not be imported in the clean environment.")
    verified = serializers.BooleanField(help_text="Everything imported could be, and the trial instance answers.")
    trial = serializers.IntegerField(allow_null=True, help_text="The number of the draft that tries it.")
    trial_url = serializers.CharField(allow_null=True, help_text="Where the trial answers, as long as it does.")
    bundle = serializers.CharField(allow_null=True, help_text="The source with the lines, to be deployed.")
    failure = OptOutFailureSerializer(allow_null=True)
    accepted_at = serializers.DateTimeField(allow_null=True)


class AcceptSerializer(Shape):
    deploy = serializers.BooleanField(required=False, help_text="Deploy the source with the lines at once.")


class OptedOutSerializer(Shape):
    use_preinstalled_libraries = serializers.BooleanField()
    bundle = serializers.CharField(allow_null=True, help_text='Deploy it with {"bundle": "sha256:…"}.')
    deployment = serializers.IntegerField(allow_null=True, help_text="The number of the deployment, if one was asked.")


def shown(preview: OptOutPreview) -> dict[str, Any]:
    """A preview as JSON."""
    findings = preview.findings or {"missing": [], "unknown": [], "notices": []}
    failure = {"message": preview.failure_message, "hint": preview.failure_hint}
    return {
        "state": preview.state,
        "created_at": preview.created_at,
        "created_by": preview.created_by_name,
        "finished_at": preview.finished_at,
        "deployment": preview.deployment.number,
        "outdated": opt_outs.outdated(preview),
        "missing": [asdict(Missing.from_json(row)) for row in findings["missing"]],
        **{name: findings[name] for name in ("unknown", "notices")},
        "broken": preview.broken or [],
        "verified": preview.verified,
        "trial": preview.trial.number if preview.trial else None,
        "trial_url": preview.trial_url,
        "bundle": preview.bundle.digest if preview.bundle else None,
        "failure": failure if preview.failure_message else None,
        "accepted_at": preview.accepted_at,
    }


class OptOut(ApiView):
    @extend_schema(
        operation_id="get_opt_out_preview", responses={200: OptOutPreviewSerializer, **answers(404)}
    )  # fmt: skip
    def get(self, request: Request, name: str) -> Response:
        """The app's last preview of opting out."""
        return Response(shown(opt_outs.last(self.principal, self._app(name))))

    @extend_schema(
        operation_id="preview_opt_out",
        request=None,
        responses={202: OptOutPreviewSerializer, **answers(400, 403, 404, 409, 413, 415)},
    )
    def post(self, request: Request, name: str) -> Response:
        """Find what the app has only because it is pre-installed, and try it without. Nothing of the app changes.

        While one is under way, that one is the answer.
        """
        fields.refuse_unknown(self.content, ())
        app = self._app(name)
        opt_outs.request(self.principal, app, now=timezone.now())
        return Response(shown(opt_outs.last(self.principal, app)), status=202)

    @extend_schema(operation_id="discard_opt_out_preview", responses={204: None, **answers(403, 404)})
    def delete(self, request: Request, name: str) -> Response:
        """Forget the preview; its trial ends."""
        opt_outs.discard(self.principal, self._app(name))
        return Response(status=204)

    def _app(self, name: str) -> App:
        return lookups.app(self.principal, name)


class AcceptOptOut(ApiView):
    @extend_schema(
        operation_id="accept_opt_out_preview",
        request=AcceptSerializer,
        responses={200: OptedOutSerializer, **answers(400, 403, 404, 409, 413, 415)},
    )
    def post(self, request: Request, name: str) -> Response:
        """Opt out. The source with the lines is kept as a bundle; what runs is left alone until it is deployed."""
        fields.refuse_unknown(self.content, {"deploy"})
        app = lookups.app(self.principal, name)
        deploy = fields.flag(self.content, "deploy")
        deployment = opt_outs.accept(self.principal, app, deploy=deploy, now=timezone.now())
        app.refresh_from_db(fields=["use_preinstalled_libraries"])
        kept = opt_outs.last(self.principal, app).bundle
        return Response(
            {
                "use_preinstalled_libraries": app.use_preinstalled_libraries,
                "bundle": kept.digest if kept else None,
                "deployment": deployment.number if deployment else None,
            }
        )
