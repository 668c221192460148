"""Kill something at a random moment of a deployment, again and again; every round must end as if nothing had happened.

python -m tests.faults [--rounds 40] [--seed 1]

One seed is one list of victims and moments. Exit code 1 when a round was not kept, which is then told with its log.
"""

import argparse
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx

from tests.faults import releases
from tests.faults.bystander import Bystander
from tests.faults.leftovers import leftovers
from tests.faults.victims import VICTIMS, Victim
from tests.journeys.platform import FINAL, Platform
from tests.journeys.test_healing import processes_of
from tests.private_index import PrivateIndex

APP = "deployed"
#: From the moment of the kill: detection, a lease that runs out, and the work once more.
PATIENCE_S = 150.0


def main() -> None:
    arguments = _arguments()
    chance = random.Random(arguments.seed)
    home = Path(tempfile.mkdtemp(prefix="slk-", dir="/tmp"))
    with PrivateIndex(home / "index") as index:
        platform = Platform(home / "home", {
            "SLIPWAY_STARTUP_S": "1", "SLIPWAY_ALLOWED_INTERNAL": index.place, "SLIPWAY_ENVIRONMENT_KEEP_S": "0",
        })  # fmt: skip
        platform.up()
        try:
            _use(platform, index)
            broken = _rounds(platform, index, chance, arguments.rounds)
            broken += _what_stays(platform)
        finally:
            platform.down()
    broken += [f"still running after down: {words}" for words in processes_of(home).values()]
    print("\n".join(["", *broken]) if broken else f"All {arguments.rounds} rounds were kept.")
    if not broken:
        shutil.rmtree(home)
    sys.exit(bool(broken))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def _use(platform: Platform, index: PrivateIndex) -> None:
    scope = "databricks-package-management"
    platform.api.post("/scopes", json={"name": scope}).raise_for_status()
    values = {"pip-index-url": index.address_with_login, "pip-cert": index.authority.pem}
    for key, value in values.items():
        platform.api.put(f"/scopes/{scope}/secrets/{key}", json={"string_value": value}).raise_for_status()


def _rounds(platform: Platform, index: PrivateIndex, chance: random.Random, rounds: int) -> list[str]:
    broken = []
    platform.create(APP)
    undisturbed_s = _undisturbed(platform, index)
    print(f"A deployment takes {undisturbed_s:.1f} s here when nobody disturbs it.", flush=True)
    with Bystander(platform) as bystander:
        for number in range(1, rounds + 1):
            victim, moment_s = chance.choice(VICTIMS), chance.uniform(0, undisturbed_s)
            faults = _round(platform, index, bystander, f"{number}.0", victim, moment_s, chance)
            print(f"{number:>4}  {moment_s:6.2f} s  {victim.name:<32} {'; '.join(faults) or 'kept'}", flush=True)
            broken += [f"round {number}, {victim.name} at {moment_s:.2f} s: {fault}" for fault in faults]
        print(f"The bystander was asked {bystander.asked} times.")
    return broken


def _undisturbed(platform: Platform, index: PrivateIndex) -> float:
    releases.publish(index, "0.1")
    platform.run(APP, releases.source("0.1"))
    releases.publish(index, "0.2")
    begun = time.monotonic()
    platform.run(APP, releases.source("0.2"))
    return time.monotonic() - begun


def _round(
    platform: Platform, index: PrivateIndex, bystander: Bystander, version: str, victim: Victim, moment_s: float,
    chance: random.Random,
) -> list[str]:  # fmt: skip
    """What was not kept, in sentences."""
    releases.publish(index, version)
    number = platform.deploy(APP, releases.source(version))
    time.sleep(moment_s)
    met = victim.kill(platform, chance)
    found = _decided(platform, number)
    if found is None:
        return [f"deployment {number} was not decided within {PATIENCE_S:.0f} s"]
    faults = []
    if found["state"] == "failed" and victim.name.endswith("of the build") and met:
        # Its own processes were killed: that is a failed build, told in a sentence, and the next one is not.
        faults += _sentence(found)
        found = platform.wait(APP, platform.deploy(APP, releases.source(version)))
    if found["state"] != "active":
        faults.append(f"deployment {found['number']} is {found['state']}: {found['failure']}")
    else:
        faults += _answer(platform, version)
    if "Traceback" in platform.log(APP, number):
        faults.append("a traceback in the log")
    lost = bystander.failures()
    if lost and victim.is_behind:
        faults.append(f"the bystander failed {len(lost)} times, first {lost[0]}")
    return faults


def _decided(platform: Platform, number: int) -> dict[str, Any] | None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        try:
            found: dict[str, Any] = platform.api.get(f"/apps/{APP}/deployments/{number}").raise_for_status().json()
        except httpx.HTTPError:
            found = {"state": "unknown while something comes back"}
        if found["state"] in FINAL:
            return found
        time.sleep(0.2)
    return None


def _sentence(found: dict[str, Any]) -> list[str]:
    message = (found["failure"] or {}).get("message", "")
    return [] if message.endswith(".") else [f"the failure is no sentence: {message!r}"]


def _answer(platform: Platform, version: str) -> list[str]:
    told: object = None
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            answer = platform.get(APP)
            told = answer.json() if answer.status_code == 200 else f"{answer.status_code} {answer.text[:200]}"
        except (httpx.HTTPError, ValueError) as error:
            told = repr(error)
        if told == releases.told_by(version):
            return []
        time.sleep(0.2)
    return [f"the app answers {told}"]


def _what_stays(platform: Platform) -> list[str]:
    """Once nothing is built any more, the home holds nothing that is half made."""
    deadline = time.monotonic() + 90
    while (found := leftovers(platform.home)) and time.monotonic() < deadline:
        platform.manage("reap_environments")
        time.sleep(2)
    return [f"left behind: {path}" for path in found]


if __name__ == "__main__":
    main()
