"""What a deployment was found to lack, with what helps."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from deployments.failures import Failure, FailureKind

#: Kinds of failure that say what is missing, not only that something went wrong.
LACKS = (FailureKind.MISSING_MODULE, FailureKind.MISSING_LIBRARY)


@dataclass(frozen=True)
class Finding:
    """An entry of ``Deployment.findings``. ``requirement`` is the line that brings what is missing, or empty.

    ``at`` is when it was first seen, as an ISO time in UTC.
    """

    kind: str
    message: str
    hint: str
    requirement: str
    at: str

    @classmethod
    def of(cls, failure: Failure, at: str) -> Self:
        return cls(str(failure.kind), failure.message, failure.hint, failure.requirement, at)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        return cls(**content)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)
