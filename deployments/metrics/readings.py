"""Two looks at counters that only grow, unless what they count was started again: what happened in between."""

from collections.abc import Mapping
from dataclasses import dataclass

from deployments.engines.base import Usage
from deployments.routing.traffic import Counted, Traffic

#: Envoy's own age is up to 5 s old and cut to whole seconds; the rest is for a busy machine.
UPTIME_SLACK_S = 8


@dataclass(frozen=True)
class Reading:
    """``at_s`` on a clock that only goes forward. ``usage`` is by the engine's name of the instance."""

    at_s: float
    traffic: Traffic
    usage: Mapping[str, Usage]


def requests_since(before: Reading, now: Reading) -> Mapping[str, Counted]:
    """What was counted of each upstream between the two.

    An upstream that the earlier look did not know is new, or had no request yet: all of it came since. After a restart
    of the proxy everything did; what it had counted between the earlier look and its end nobody knows.
    """
    has_restarted = now.traffic.uptime_s < before.traffic.uptime_s + (now.at_s - before.at_s) - UPTIME_SLACK_S
    known = {} if has_restarted else before.traffic.upstreams
    return {name: _grown(known.get(name, Counted()), counted) for name, counted in now.traffic.upstreams.items()}


def _grown(before: Counted, now: Counted) -> Counted:
    pairs = ((before.requests, now.requests), (before.errors, now.errors), (before.bytes_out, now.bytes_out))
    # Counters never fall: these began again, at a moment that the proxy's age did not tell.
    if any(earlier > later for earlier, later in (*pairs, *zip(before.times, now.times, strict=True))):
        before = Counted()
    return Counted(
        now.requests - before.requests,
        now.errors - before.errors,
        now.bytes_out - before.bytes_out,
        max(now.ejections - before.ejections, 0),
        tuple(later - earlier for earlier, later in zip(before.times, now.times, strict=True)),
    )


def cpu_since(before: Reading, now: Reading) -> Mapping[str, float]:
    """Processor seconds of each instance between the two; one that began again counts from its beginning."""
    spent = {}
    for name, usage in now.usage.items():
        earlier = before.usage.get(name)
        has_gone_on = earlier is not None and earlier.cpu_s <= usage.cpu_s
        spent[name] = usage.cpu_s - (earlier.cpu_s if earlier is not None and has_gone_on else 0)
    return spent
