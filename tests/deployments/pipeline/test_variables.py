import pytest

from deployments.failures import Failure, FailureKind
from deployments.models import SecretReference
from deployments.models.requested_settings import RequestedSettings
from deployments.pipeline import variables
from deployments.source.spec import EnvEntry

PASSWORD = SecretReference("prod", "db-password")


def requested(**own: str | SecretReference) -> RequestedSettings:
    plain = {name: value for name, value in own.items() if isinstance(value, str)}
    secrets = {name: value for name, value in own.items() if isinstance(value, SecretReference)}
    return RequestedSettings((), "", 5, 60, plain, secrets)


class TestMerge:
    def test_lets_the_later_win(self) -> None:
        source = [EnvEntry("B", "source"), EnvEntry("C", "source"), EnvEntry("D", "source")]

        merged = variables.merge({"A": "launcher", "B": "launcher"}, source, requested(C="own", D=PASSWORD))

        assert merged.plain == {"A": "launcher", "B": "source", "C": "own"}
        assert merged.secrets == {"D": PASSWORD}

    @pytest.mark.parametrize("name", ["DB_PASSWORD", "db-password", "db.password", "db_password"])
    def test_finds_the_apps_own_variable(self, name: str) -> None:
        merged = variables.merge({}, [EnvEntry("PGPASSWORD", value_from=name)], requested(DB_PASSWORD=PASSWORD))

        assert merged.secrets == {"PGPASSWORD": PASSWORD, "DB_PASSWORD": PASSWORD}
        assert merged.from_source == {}

    def test_takes_a_plain_variable_of_the_app_too(self) -> None:
        merged = variables.merge({}, [EnvEntry("X", value_from="colour")], requested(COLOUR="blue"))

        assert merged.plain == {"X": "blue", "COLOUR": "blue"}

    def test_understands_scope_and_key(self) -> None:
        merged = variables.merge({"X": "launcher"}, [EnvEntry("X", value_from="prod/db-password")], requested())

        assert (merged.plain, merged.secrets, merged.from_source) == ({}, {"X": PASSWORD}, {"X": PASSWORD})

    @pytest.mark.parametrize("name", ["unknown", "a/b/c", "/b", "a/"])
    def test_refuses_what_leads_nowhere(self, name: str) -> None:
        with pytest.raises(Failure, match=r"X in app\.yaml takes its value from") as caught:
            variables.merge({}, [EnvEntry("X", value_from=name)], requested())

        assert caught.value.kind is FailureKind.BAD_APP_YAML

    def test_asks_nothing_of_an_entry_that_the_app_sets_itself(self) -> None:
        merged = variables.merge({}, [EnvEntry("X", value_from="elsewhere")], requested(X="own"))

        assert (merged.plain, merged.from_source) == ({"X": "own"}, {})
