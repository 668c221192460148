"""(e) Failed requests through 20 redeploys under traffic, and (c) the build phase of unchanged requirements.

Of that phase the environment step alone is measured too: the environment is there, and used again.
"""

import shutil
import statistics
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.reference import verdict
from benchmarks.traffic import Traffic, source
from tests.journeys.platform import Platform

REDEPLOYS = 20
#: For (c), without visitors: their own work would share the two cores with what is measured.
QUIET = 9
#: The BUILDING phase beyond unpacking (c), and the environment step, in milliseconds.
TARGET_MS = 50.0


def main() -> bool:
    home = Path(tempfile.mkdtemp(prefix="slb-", dir="/tmp"))
    platform = Platform(home)
    platform.up()
    try:
        return _measure(platform)
    finally:
        platform.down()
        shutil.rmtree(home, ignore_errors=True)


def _measure(platform: Platform) -> bool:
    platform.create("bench", startup_s=1)
    first = platform.run("bench", source("version 0"))
    again = [platform.run("bench", source(f"quiet {number}")) for number in range(QUIET)]
    with Traffic("127.0.0.1", platform.port, platform.host("bench")) as traffic:
        for number in range(1, REDEPLOYS + 1):
            platform.run("bench", source(f"version {number}"))
    median = statistics.median(map(building_ms, again))
    hit = statistics.median(step_ms(each, "environment") for each in again)
    kept = median <= TARGET_MS and hit < TARGET_MS
    print("Redeploys of an app with fastapi and uvicorn, unchanged requirements")
    print(
        f"  (c) BUILDING beyond unpacking   first {building_ms(first):8.0f} ms   again, median {median:6.1f} ms   "
        f"target {TARGET_MS:.0f} ms   {verdict(median <= TARGET_MS)}"
    )
    print(f"      of it, in ms: {_shown(again)}")
    print(
        f"  environment step                first {step_ms(first, 'environment'):8.0f} ms   "
        f"again, median {hit:6.1f} ms   limit  {TARGET_MS:.0f} ms   {verdict(hit < TARGET_MS)}"
    )
    print(
        f"  (e) {REDEPLOYS} redeploys            {traffic.requests} requests, {traffic.streams} streams of 3 s, "
        f"{len(traffic.failures)} failed   target 0   {verdict(not traffic.failures)}"
    )
    for failure in traffic.failures[:10]:
        print(f"      {failure}")
    return kept and not traffic.failures


def building_ms(deployment: dict[str, Any]) -> float:
    """The length of the BUILDING phase less its step "unpack"."""
    return _ms(_phase(deployment)) - step_ms(deployment, "unpack")


def step_ms(deployment: dict[str, Any], name: str) -> float:
    """The length of one step of the BUILDING phase."""
    return _ms(next(step for step in _phase(deployment)["steps"] if step["name"] == name))


def parts_ms(deployment: dict[str, Any]) -> dict[str, float]:
    """The BUILDING phase beyond unpacking, cut at its steps: each of them, and what comes before it or at the end."""
    phase, parts = _phase(deployment), {}
    before = {"finished_at": phase["started_at"]}
    for step in phase["steps"]:
        parts[f"before {step['name']}"] = _ms({"started_at": before["finished_at"], "finished_at": step["started_at"]})
        parts[step["name"]] = _ms(step)
        before = step
    parts["at the end"] = _ms({"started_at": before["finished_at"], "finished_at": phase["finished_at"]})
    del parts["unpack"]
    return parts


def _shown(deployments: list[dict[str, Any]]) -> str:
    """The median of each part: "before unpack 4.1, spec 0.5, …"."""
    parts = [parts_ms(deployment) for deployment in deployments]
    return ", ".join(f"{name} {statistics.median(each[name] for each in parts):.1f}" for name in parts[0])


def _phase(deployment: dict[str, Any]) -> dict[str, Any]:
    phase: dict[str, Any] = next(phase for phase in deployment["phases"] if phase["name"] == "building")
    return phase


def _ms(span: dict[str, str]) -> float:
    return (
        datetime.fromisoformat(span["finished_at"]) - datetime.fromisoformat(span["started_at"])
    ).total_seconds() * 1000


if __name__ == "__main__":
    main()
