"""How much is loaded."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sizes:
    """Numbers over all workspaces. One workspace, and in it one app, has a great share of everything."""

    workspaces: int = 20
    people: int = 2_000
    apps: int = 10_000
    deployments: int = 100_000
    #: Whose logs are loaded, beside the one app's.
    logged_apps: int = 200
    log_lines: int = 1_000_000
    #: Different sets of packages, each with an environment.
    locks: int = 1_500
    packages_of_a_lock: int = 40
    scopes: int = 200
    secrets: int = 4_000
    groups: int = 200
    tokens: int = 2_000

    @classmethod
    def small(cls, times: int) -> "Sizes":
        """Enough that each list has rows, and few enough for a test."""
        return cls(
            workspaces=2, people=4 * times, apps=6 * times, deployments=24 * times, logged_apps=2,
            log_lines=100 * times, locks=2 * times, packages_of_a_lock=3 * times, scopes=2 * times,
            secrets=6 * times, groups=2 * times, tokens=4 * times,
        )  # fmt: skip
