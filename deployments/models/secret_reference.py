"""Which secret a variable takes its value from, by name."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, order=True)
class SecretReference:
    """A scope of the app's workspace and a key in it, written ``prod/db-password``. Says nothing about the value."""

    scope: str
    key: str

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """The reference that ``text`` writes, or ``None``: neither scopes nor keys have a slash in their names."""
        scope, slash, key = text.partition("/")
        return cls(scope, key) if scope and slash and key and "/" not in key else None

    @classmethod
    def from_json(cls, content: Mapping[str, str]) -> Self:
        return cls(content["scope"], content["key"])

    def __str__(self) -> str:
        return f"{self.scope}/{self.key}"
