"""The shapes in which our API tells what deployments are made of."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from deployments.api.serializers import Shape
from deployments.models import State
from deployments.venvs.inspecting.differences import Change
from deployments.venvs.inspecting.needs import Needs
from deployments.venvs.lock import ArtefactKind, LockedPackage, Origin
from workspaces.api.paging import Next

ORIGINS = [(str(origin), str(origin)) for origin in Origin]


class PackageSerializer(Shape):
    name = serializers.CharField()
    version = serializers.CharField(allow_null=True, help_text="null where only building tells it.")
    hashes = serializers.ListField(child=serializers.CharField(), help_text="sha256:…, the installed file's own first.")
    index = serializers.CharField(allow_null=True, help_text="Where it was found; null for what was named directly.")
    origin = serializers.ChoiceField(ORIGINS, help_text="Why it is there.")
    kind = serializers.ChoiceField([(str(kind), str(kind)) for kind in ArtefactKind])
    url = serializers.CharField(
        source="public_url", help_text="The file, repository or folder of the source, without login and query."
    )
    needed_by = serializers.SerializerMethodField(
        help_text="The packages of the deployment that need it; null where that was not kept when they were installed."
    )

    @extend_schema_field(serializers.ListField(child=serializers.CharField(), allow_null=True))
    def get_needed_by(self, package: LockedPackage) -> list[str] | None:
        needs: Needs | None = self.context.get("needs")
        return needs.needing(package.name) if needs is not None else None


class PackagesSerializer(Shape):
    """All of them at once: ``next`` is always null. ``notices`` is what resolving had to say."""

    results = PackageSerializer(many=True)
    next = Next()
    notices = serializers.ListField(child=serializers.CharField())
    managed = serializers.BooleanField(help_text="Whether anything is installed for the app at all.")


class PackageVersionSerializer(Shape):
    version = serializers.CharField(allow_null=True)
    index = serializers.CharField(allow_null=True)
    sha256 = serializers.CharField(allow_blank=True)
    origin = serializers.ChoiceField(ORIGINS)


class DifferenceSerializer(Shape):
    """``before`` is null for what was added, ``after`` for what was removed."""

    name = serializers.CharField()
    change = serializers.ChoiceField([(str(change), str(change)) for change in Change])
    before = PackageVersionSerializer(allow_null=True)
    after = PackageVersionSerializer(allow_null=True)


class DifferencesSerializer(Shape):
    results = DifferenceSerializer(many=True)
    next = Next()


class PackageUseSerializer(Shape):
    app = serializers.CharField(source="app.name")
    deployment = serializers.IntegerField(source="number")
    state = serializers.ChoiceField(State.choices)
    draft = serializers.BooleanField(source="is_draft")
    name = serializers.CharField(source="entry_name")
    version = serializers.SerializerMethodField()
    index = serializers.SerializerMethodField()
    origin = serializers.ChoiceField(ORIGINS, source="entry_origin")
    direct = serializers.SerializerMethodField(help_text="Whether the app itself asks for it.")

    def get_version(self, row: Any) -> str | None:
        return row.entry_version or None

    def get_index(self, row: Any) -> str | None:
        return row.entry_index or None

    def get_direct(self, row: Any) -> bool:
        return bool(row.entry_origin == Origin.REQUIREMENTS)


class PackageUsePageSerializer(Shape):
    results = PackageUseSerializer(many=True)
    next = Next()
