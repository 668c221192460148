"""The JSON of an error, for where no view answers and the address alone tells the dialect.

Knows neither Django nor its settings: the outermost layer of the application refuses bodies with it.
"""

import re

#: Every address that the Databricks clients may ask, offered or not: "/api/2.0/secrets/list".
DATABRICKS = re.compile(r"/api/(?:1\.2|2\.\d)(?:/|$)|/oidc/")
SCIM = re.compile(r"/api/2\.0/preview/scim/v2(?:/|$)")
SCIM_SCHEMA = "urn:ietf:params:scim:api:messages:2.0:Error"
#: Every address that the Posit Connect clients may ask.
CONNECT = re.compile(r"/__api__(?:/|$)")
#: Connect's codes of what the framework refuses, by status: InternalFailure, BadRequest, ObjectDoesNotExist, …
CONNECT_CODES = {400: 2, 401: 24, 403: 22, 404: 4, 405: 2, 413: 2, 500: 1}
#: Databricks' codes of what the framework refuses, by status.
DATABRICKS_CODES = {
    400: "MALFORMED_REQUEST",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "ENDPOINT_NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    413: "RESOURCE_LIMIT_EXCEEDED",
    500: "INTERNAL_ERROR",
}


def content(path: str, status: int, code: str, message: str, hint: str) -> dict[str, object]:
    """``{"code", "message", "hint"}``, or what the clients of that address expect."""
    sentences = f"{message} {hint}".strip()
    if SCIM.match(path):
        return scim(status, sentences)
    if DATABRICKS.match(path):
        return {"error_code": DATABRICKS_CODES.get(status, "BAD_REQUEST"), "message": sentences}
    if CONNECT.match(path):
        return connect(CONNECT_CODES.get(status, 2), sentences)
    return {"code": code, "message": message, "hint": hint}


def connect(code: int, error: str) -> dict[str, object]:
    """posit-sdk raises KeyError where one of the first two is missing."""
    return {"code": code, "error": error, "payload": None}


def scim(status: int, detail: str, scim_type: str = "") -> dict[str, object]:
    """RFC 7644, section 3.12. ``scimType`` is always there: of a missing one, the clients make "None There is no …"."""
    return {"schemas": [SCIM_SCHEMA], "status": str(status), "scimType": scim_type, "detail": detail}
