"""Variables, whose values go in and never out."""

import pytest

from deployments.models import EnvVar
from tests.deployments.api.clients import Client
from tests.deployments.api.connect.dialect import error


def values() -> dict[str, str]:
    return dict(EnvVar.objects.values_list("name", "value"))


class TestEnvironment:
    def test_sets_changes_and_removes(self, alice: Client, address: str) -> None:
        url = f"{address}/environment"
        first = alice.patch(url, [{"name": "FOO", "value": "bar"}, {"name": "A", "value": ""}])
        second = alice.patch(url, [{"name": "FOO", "value": "baz"}, {"name": "A", "value": None}])

        assert (first.json(), second.json(), alice.get(url).json()) == (["A", "FOO"], ["FOO"], ["FOO"])
        assert values() == {"FOO": "baz"}

    def test_replaces_all(self, alice: Client, address: str) -> None:
        alice.patch(f"{address}/environment", [{"name": "FOO", "value": "bar"}])

        assert alice.ask("PUT", f"{address}/environment", [{"name": "NEW", "value": "1"}]).json() == ["NEW"]
        assert values() == {"NEW": "1"}

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"FOO": "bar"}, 87),
            (["FOO"], 87),
            ([{"value": "bar"}], 25),
            ([{"name": "FOO", "value": 7}], 25),
            ([{"name": "FOO", "value": "1"}, {"name": "FOO", "value": "2"}], 25),
            ([{"name": "1FOO", "value": "bar"}], 25),
            ([{"name": "PORT", "value": "1"}], 25),
        ],
    )
    def test_refuses_what_is_no_list_of_variables(self, alice: Client, address: str, body: object, code: int) -> None:
        assert error(alice.patch(f"{address}/environment", body)) == (400, code)
        assert values() == {}

    def test_belongs_to_the_workspace_alone(self, charlie: Client, address: str) -> None:
        assert error(charlie.get(f"{address}/environment")) == (404, 4)
        assert error(charlie.patch(f"{address}/environment", [{"name": "FOO", "value": "bar"}])) == (404, 4)
        assert values() == {}
