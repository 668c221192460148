"""What visitors read when the proxy itself has to answer: a sentence, as a small page or as JSON."""

import html
from dataclasses import dataclass
from typing import Any

#: The name of the route to the platform; every other route leads to an app.
PLATFORM_ROUTE = "platform"
#: An instance or the web process is back in about this time after a crash.
RETRY_AFTER_S = 3
#: What Envoy answers when nobody behind it did: no upstream, no connection, a connection lost, no answer in time.
UNANSWERED = (502, 503, 504)


@dataclass(frozen=True)
class Reply:
    code: str
    message: str
    hint: str


PLATFORM_REPLY = Reply(
    "platform_unavailable",
    "Slipway is restarting.",
    "Try again in a few seconds. Apps that are running are not affected.",
)
APP_REPLY = Reply(
    "app_unavailable",
    "This app is not answering.",
    "It may be restarting: try again in a few seconds. If it stays like this, its log says more to its owner.",
)
PAGE = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    "<title>{message}</title><style>body{{font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:20vh auto;"
    "padding:0 1rem;color-scheme:light dark}}</style><h1>{message}</h1><p>{hint}</p></html>\n"
)


def local_replies() -> dict[str, Any]:
    """The ``local_reply_config``: the first mapper that matches writes the answer."""
    return {
        "mappers": [
            _mapper(_all_of(_unanswered(), _is_platform(), _wants_json()), _as_json(PLATFORM_REPLY)),
            _mapper(_all_of(_unanswered(), _is_platform()), _as_page(PLATFORM_REPLY)),
            _mapper(_all_of(_unanswered(), _wants_json()), _as_json(APP_REPLY)),
            _mapper(_unanswered(), _as_page(APP_REPLY)),
        ]
    }


def _mapper(matching: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    return {
        "filter": matching,
        "status_code": 503,
        "body_format_override": body,
        "headers_to_add": [
            {"header": {"key": "retry-after", "value": str(RETRY_AFTER_S)}},
            {"header": {"key": "cache-control", "value": "no-store"}},
        ],
    }


def _all_of(*filters: dict[str, Any]) -> dict[str, Any]:
    return {"and_filter": {"filters": list(filters)}}


def _unanswered() -> dict[str, Any]:
    return {"or_filter": {"filters": [_status_is(status) for status in UNANSWERED]}}


def _status_is(status: int) -> dict[str, Any]:
    value = {"default_value": status, "runtime_key": "slipway.unused"}
    return {"status_code_filter": {"comparison": {"op": "EQ", "value": value}}}


def _wants_json() -> dict[str, Any]:
    return {"header_filter": {"header": {"name": "accept", "string_match": {"contains": "application/json"}}}}


def _is_platform() -> dict[str, Any]:
    return {
        "extension_filter": {
            "name": "envoy.access_loggers.extension_filters.cel",
            "typed_config": {
                "@type": "type.googleapis.com/envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter",
                "expression": f"xds.route_name == '{PLATFORM_ROUTE}'",
            },
        }
    }


def _as_json(reply: Reply) -> dict[str, Any]:
    return {"json_format": {"code": reply.code, "message": reply.message, "hint": reply.hint}}


def _as_page(reply: Reply) -> dict[str, Any]:
    page = PAGE.format(message=html.escape(reply.message), hint=html.escape(reply.hint))
    # A lone % would start one of Envoy's substitutions.
    return {
        "text_format_source": {"inline_string": page.replace("%", "%%")},
        "content_type": "text/html; charset=utf-8",
    }
