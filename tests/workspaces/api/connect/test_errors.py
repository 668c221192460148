from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, UnreadablePostError
from rest_framework import exceptions

from workspaces import errors as platform
from workspaces.api import error_shapes
from workspaces.api.connect import errors


class TestHandle:
    @pytest.mark.parametrize("kind", platform.ErrorKind)
    def test_knows_every_kind(self, kind: platform.ErrorKind) -> None:
        refused = next(one for one in platform.PlatformError.__subclasses__() if one.kind == kind)

        answer = errors.handle(refused("It is so.", "Do this."), {})

        assert (answer.status_code, answer.data["code"]) == errors.KINDS[kind]
        assert answer.data == {"code": answer.data["code"], "error": "It is so. Do this.", "payload": None}

    @pytest.mark.parametrize(
        ("raised", "status", "code"),
        [
            (Http404(), 404, 4),
            (PermissionDenied(), 403, 22),
            (RequestDataTooBig(), 413, 2),
            (SuspiciousOperation("/etc/passwd"), 400, 2),
            (UnreadablePostError(), 400, 2),
            (exceptions.MethodNotAllowed("PUT"), 405, 2),
            (exceptions.NotAuthenticated(), 401, 24),
            (exceptions.AuthenticationFailed(), 401, 30),
            (exceptions.ParseError("The body is not JSON."), 400, 87),
            (ZeroDivisionError("secret"), 500, 1),
        ],
    )
    def test_gives_each_a_status_and_a_code(self, raised: Exception, status: int, code: int) -> None:
        answer = errors.handle(raised, {})

        assert (answer.status_code, answer.data["code"]) == (status, code)
        assert "secret" not in answer.data["error"]
        assert "/etc" not in answer.data["error"]

    def test_answers_no_code_that_is_not_documented(self) -> None:
        document = (Path(__file__).parents[4] / "docs/connect.md").read_text()
        codes = {code for _, code in errors.KINDS.values()} | set(error_shapes.CONNECT_CODES.values())
        codes |= {errors.DUPLICATE_NAME, errors.INVALID_LOGIN, errors.CANNOT_PARSE}
        documented = {
            int(code)
            for row in document.splitlines()
            if row.startswith("| ") and row[2:5].isdigit()
            for code in row.split("|")[2].split(",")
        }

        assert codes - documented == set()


@pytest.mark.parametrize("path", ["/__api__", "/__api__/v1/content/x/bundles"])
def test_is_the_shape_where_no_view_answers(path: str) -> None:
    assert error_shapes.content(path, 413, "limit", "Too large.", "Leave data out.") == {
        "code": 2, "error": "Too large. Leave data out.", "payload": None,
    }  # fmt: skip
    assert "payload" not in error_shapes.content("/__api__x", 413, "limit", "Too large.", "")
