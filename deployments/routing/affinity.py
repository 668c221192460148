"""What several instances of an app need of the proxy: visitors stay with one, a failing one is passed over."""

import math
from typing import Any

Json = dict[str, Any]
TYPE = "type.googleapis.com/envoy"
STATEFUL_SESSION = "envoy.filters.http.stateful_session"
#: Says which instance a visitor was with. Of the platform by its name, so the cookie filter keeps it from the app.
COOKIE = "slipway_instance"
#: Behind TLS: with this prefix no neighbour under the apps' domain can set it.
SECURE_COOKIE = f"__Host-{COOKIE}"
#: In the filter chain it does nothing; the routes of apps with several instances switch it on.
FILTER: Json = {
    "name": STATEFUL_SESSION,
    "typed_config": {"@type": f"{TYPE}.extensions.filters.http.stateful_session.v3.StatefulSession"},
}
#: A crashed instance is back in about 2 s, and an ejection grows by this much each time it is repeated.
EJECTED_FOR = "3s"
EJECTED_AT_MOST = "30s"


def of_route(instances: int, *, is_https: bool) -> Json:
    """The ``typed_per_filter_config`` of a route to so many instances.

    Best effort: without its instance (gone, ejected, drained) a visitor gets another, and stays with that one.
    """
    if instances < 2:
        return {}
    secure = [{"name": "Secure"}] if is_https else []
    cookie = {
        "name": SECURE_COOKIE if is_https else COOKIE,
        "path": "/",
        "attributes": [{"name": "SameSite", "value": "Lax"}, *secure],
    }
    state = {
        "name": "envoy.http.stateful_session.cookie",
        # The filter always adds HttpOnly. Without a lifetime the cookie goes with the browser's session.
        "typed_config": {
            "@type": f"{TYPE}.extensions.http.stateful_session.cookie.v3.CookieBasedSessionState",
            "cookie": cookie,
        },
    }
    return {
        STATEFUL_SESSION: {
            "@type": f"{TYPE}.extensions.filters.http.stateful_session.v3.StatefulSessionPerRoute",
            "stateful_session": {"session_state": state},
        }
    }


def ejection(instances: int) -> Json:
    """The fields of a cluster of so many instances that take a failing one out for a while, never the last one.

    What counts is that nobody answers (no connection, a reset, a time-out) or a gateway's 502, 503, 504. An app's own
    500 does not: a broken page is broken everywhere, and would eject one instance after the other.
    """
    if instances < 2:
        return {}
    return {
        "outlier_detection": {
            "split_external_local_origin_errors": True,
            "consecutive_local_origin_failure": 2,
            "enforcing_consecutive_local_origin_failure": 100,
            "consecutive_gateway_failure": 5,
            "enforcing_consecutive_gateway_failure": 100,
            "enforcing_consecutive_5xx": 0,
            # Both compare an instance with the others over many requests: five are too few to judge by.
            "enforcing_success_rate": 0,
            "enforcing_local_origin_success_rate": 0,
            "interval": "0.5s",
            "base_ejection_time": EJECTED_FOR,
            "max_ejection_time": EJECTED_AT_MOST,
            # Rounded up, because Envoy compares with the share after the ejection: all but one, and never all.
            "max_ejection_percent": math.ceil(100 * (instances - 1) / instances),
        },
        # By default Envoy sends requests to ejected instances again once more than half are out.
        "common_lb_config": {"healthy_panic_threshold": {"value": 0}},
    }
