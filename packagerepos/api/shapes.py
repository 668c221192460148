"""The shapes of package repositories in our API."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from packagerepos.index_settings import CERTIFICATES, EXTRA_INDEX_URLS, INDEX_URL
from packagerepos.indexes import IndexStrategy
from packagerepos.operations.repositories import MAX_INDEXES, Repositories
from packagerepos.probe import Finding, Verdict

Shape = serializers.Serializer[Any]
STRATEGIES = [(str(strategy), str(strategy)) for strategy in IndexStrategy]
VERDICTS = [(str(verdict), str(verdict)) for verdict in Verdict]
#: The fields of our API by the keys of the secrets.
FIELDS = {INDEX_URL: "index_url", EXTRA_INDEX_URLS: "extra_index_urls", CERTIFICATES: "certificates"}


class WantedSerializer(Shape):
    """What is left out stays; what is empty is removed. ``***`` in an address keeps the login that is stored for it."""

    index_url = serializers.CharField(required=False, allow_blank=True)
    extra_index_urls = serializers.ListField(child=serializers.CharField(), required=False, max_length=MAX_INDEXES)
    certificates = serializers.CharField(required=False, allow_blank=True, help_text="PEM.")
    strategy = serializers.ChoiceField(STRATEGIES, required=False)


class TestSerializer(WantedSerializer):
    package = serializers.CharField(required=False, help_text='The package to ask for; "pip" by default.')


class ChangeSerializer(Shape):
    by = serializers.CharField()
    at = serializers.DateTimeField()


class ChangesSerializer(Shape):
    index_url = ChangeSerializer(required=False)
    extra_index_urls = ChangeSerializer(required=False)
    certificates = ChangeSerializer(required=False)


class PlaceSerializer(Shape):
    address = serializers.CharField()
    has_login = serializers.BooleanField()
    writer = serializers.CharField(help_text='Who wrote it, in words that complete "from …".')
    is_public = serializers.BooleanField()


class RepositoriesSerializer(Shape):
    scope = serializers.CharField()
    scope_exists = serializers.BooleanField(source="exists")
    index_url = serializers.CharField()
    extra_index_urls = serializers.ListField(child=serializers.CharField())
    certificates = serializers.CharField()
    strategy = serializers.ChoiceField(STRATEGIES)
    changes = serializers.SerializerMethodField()
    standing = PlaceSerializer(many=True, help_text="Every index in order of standing, the site's among them.")
    problem = serializers.CharField(help_text="Why builds cannot use what is stored; empty if they can.")

    @extend_schema_field(ChangesSerializer)
    def get_changes(self, found: Repositories) -> dict[str, Any]:
        return {FIELDS[key]: ChangeSerializer(change).data for key, change in found.changes.items()}


class IndexFindingSerializer(Shape):
    address = serializers.CharField()
    verdict = serializers.ChoiceField(VERDICTS)
    is_fine = serializers.SerializerMethodField()
    message = serializers.CharField()
    hint = serializers.CharField()
    latency_ms = serializers.IntegerField(allow_null=True)

    def get_is_fine(self, finding: Finding) -> bool:
        return finding.verdict.is_fine


class FindingListSerializer(Shape):
    results = IndexFindingSerializer(many=True)
    next = serializers.CharField(allow_null=True)
