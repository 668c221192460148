"""What a deployment was found to lack, with what helps."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Self

from deployments.failures import Failure, FailureKind

#: What an app prints stands in the sentences, and an app may print anything.
LONGEST = 1000
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
    def all_of(cls, content: Iterable[Mapping[str, Any]]) -> tuple[Self, ...]:
        """The oldest first."""
        return tuple(map(cls.from_json, content))

    @classmethod
    def of(cls, failure: Failure, at: str) -> Self:
        return cls(
            str(failure.kind), failure.message[:LONGEST], failure.hint[:LONGEST], failure.requirement, at
        )  # fmt: skip

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        return cls(**content)

    @property
    def seen_at(self) -> datetime:
        return datetime.fromisoformat(self.at)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)
