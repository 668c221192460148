"""A disk that holds no more."""

import re

from deployments.failures import Failure, FailureKind
from deployments.venvs.explain.rules import Rule, rule


def disk_full() -> Failure:
    return Failure(
        FailureKind.DISK_FULL,
        "The disk is full; the packages could not be stored.",
        "Ask the operator to free space, then deploy again.",
    )


def _disk_full(match: re.Match[str], python: str) -> Failure:
    return disk_full()


DISK_RULES: tuple[Rule, ...] = (rule(r"No space left on device|os error 28\b", _disk_full),)
