"""A program of the build that did not end by itself."""

from deployments.failures import Failure, FailureKind


def killed(what: str) -> Failure:
    """``what`` begins the sentence, as in "Resolving the packages"."""
    return Failure(
        FailureKind.INTERRUPTED,
        f"{what} was killed, most likely because this machine had no memory left.",
        "Deploy again. If it is killed again, the build needs more memory than this machine has.",
    )
