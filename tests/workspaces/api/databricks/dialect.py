"""What the tests of the dialect say often."""

from typing import Any

SECRETS = "/api/2.0/secrets"
SCIM = "/api/2.0/preview/scim/v2"


def error(response: Any) -> tuple[int, str]:
    """Status and code of an answer that must be an error of the dialect with a sentence."""
    content = response.json()
    assert sorted(content) == ["error_code", "message"], content
    assert content["message"].endswith((".", "!")), content
    return response.status_code, content["error_code"]


def done(response: Any) -> bool:
    """Whether it is what clients read as success: never empty, never 204."""
    assert (response.status_code, response.json()) == (200, {}), response.content
    return True
