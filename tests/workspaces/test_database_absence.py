from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.http import HttpResponse
from django.test import RequestFactory

from tests.absent_database import absence
from workspaces.api import errors as ours
from workspaces.api.connect import errors as connect
from workspaces.api.databricks import errors as databricks
from workspaces.database_absence import is_absence, understood
from workspaces.errors_as_pages import PlatformErrorMiddleware

pytestmark = pytest.mark.django_db


@pytest.fixture
def second() -> Iterator[Any]:
    """Another connection to the same server."""
    other = connection.copy()
    other.ensure_connection()
    yield other
    other.close()


def error_of(other: Any, statement: str) -> OperationalError:
    with pytest.raises(OperationalError) as caught:
        other.cursor().execute(statement)
    return caught.value


class TestIsAbsence:
    def test_of_a_server_that_is_not_there(self, tmp_path: Path) -> None:
        assert is_absence(absence(tmp_path))

    def test_of_one_that_went_away_in_the_middle(self, second: Any) -> None:
        told = error_of(second, "SELECT pg_terminate_backend(pg_backend_pid())")
        gone = error_of(second, "SELECT 1")

        assert is_absence(told)
        assert is_absence(gone)

    def test_not_of_one_that_answers(self, second: Any) -> None:
        second.cursor().execute("SET statement_timeout = 1")

        error = error_of(second, "SELECT pg_sleep(5)")

        assert not is_absence(error)
        assert understood(error) is error


class TestAnswers:
    def test_of_our_api_say_when_to_come_again(self, tmp_path: Path) -> None:
        response = ours.handle(absence(tmp_path), {})

        assert (response.status_code, response.data["code"]) == (503, "unavailable")
        assert "database is not answering" in response.data["message"]
        assert response["Retry-After"] == "3"
        assert str(tmp_path) not in str(response.data)

    def test_of_databricks_are_none_that_its_clients_repeat(self, tmp_path: Path) -> None:
        response = databricks.handle(absence(tmp_path), {})

        assert (response.status_code, response.data["error_code"]) == (500, "INTERNAL_ERROR")
        assert "database is not answering" in response.data["message"]

    def test_of_connect(self, tmp_path: Path) -> None:
        response = connect.handle(absence(tmp_path), {})

        assert response.status_code == 503
        assert "database is not answering" in response.data["error"]

    def test_of_pages_ask_the_database_nothing(self, tmp_path: Path, rf: RequestFactory) -> None:
        middleware = PlatformErrorMiddleware(lambda _: HttpResponse())

        response = middleware.process_exception(rf.get("/w/demo"), absence(tmp_path))

        assert response is not None
        assert (response.status_code, response["Retry-After"]) == (503, "3")
        assert b"database is not answering" in response.content
        assert str(tmp_path).encode() not in response.content
