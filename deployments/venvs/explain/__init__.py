"""What uv says when it fails, as a sentence for the person who deployed."""

from deployments.venvs.explain.building import build_failure
from deployments.venvs.explain.disk import disk_full
from deployments.venvs.explain.fetching import fetch_failure, hash_mismatch
from deployments.venvs.explain.installing import install_failure
from deployments.venvs.explain.killing import killed
from deployments.venvs.explain.resolving import missing_version, needs_python, newest_known, resolution_failure

__all__ = [
    "build_failure",
    "disk_full",
    "fetch_failure",
    "hash_mismatch",
    "install_failure",
    "killed",
    "missing_version",
    "needs_python",
    "newest_known",
    "resolution_failure",
]
