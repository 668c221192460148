"""Wheels that are here, and cannot be installed."""

from deployments.failures import Failure, FailureKind
from deployments.venvs.explain.disk import DISK_RULES
from deployments.venvs.explain.fetching import HASH_RULES
from deployments.venvs.explain.output import joined, last_error
from deployments.venvs.explain.rules import first


def install_failure(output: str) -> Failure:
    """Why installing downloaded wheels failed."""
    text = joined(output)
    internal = f"The packages could not be installed: {last_error(text)}"
    return first((*DISK_RULES, *HASH_RULES), text) or Failure(FailureKind.INTERNAL, internal)
