"""What requirement files ask for: every line with its place, every option with its meaning."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from packagerepos.addresses import BadAddress, check_index_address
from packagerepos.indexes import Credential, Indexes

#: pip replaces exactly this form, and leaves the text of a variable that is not set.
VARIABLE = re.compile(r"\$\{([A-Z0-9_]+)\}")


class BadRequirements(Exception):
    """A requirement file cannot be used; the text names file and line, ``hint`` what helps."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True)
class RequirementLine:
    """One requirement. ``place`` is "requirements.txt, line 3"; ``name`` is canonical, or ``None`` if not written.

    ``text`` is the requirement without options; for something inside the source, ``path`` is
    its place relative to the source folder and ``suffix`` its extras and marker.
    """

    text: str
    place: str
    name: str | None = None
    hashes: tuple[str, ...] = ()
    path: str | None = None
    suffix: str = ""
    is_constraint: bool = False

    def at(self, source: Path) -> str:
        """The line as a resolver reads it when the source lies at ``source``."""
        if self.path is None:
            return self.text
        where = f"{self.name} @ {(source / self.path).as_uri()}" if self.name else str(source / self.path)
        return f"{where}{self.suffix}"


@dataclass(frozen=True)
class Requirements:
    """A requirements file with everything it includes. ``files`` are the files read, relative to the source."""

    lines: tuple[RequirementLine, ...] = ()
    files: tuple[str, ...] = ()
    no_binary: tuple[str, ...] = ()
    only_binary: tuple[str, ...] = ()
    pre: bool = False
    prefer_binary: bool = False
    require_hashes: bool = False
    index_url: str | None = field(default=None, repr=False)
    extra_index_urls: tuple[str, ...] = field(default=(), repr=False)
    #: Addresses, or folders of the source as "./wheels".
    find_links: tuple[str, ...] = field(default=(), repr=False)
    trusted_hosts: tuple[str, ...] = ()
    no_index: bool = False
    #: Taken out of the addresses that requirements name directly.
    logins: tuple[Credential, ...] = field(default=(), repr=False)

    @property
    def requirements(self) -> tuple[RequirementLine, ...]:
        return tuple(line for line in self.lines if not line.is_constraint)

    @property
    def constraints(self) -> tuple[RequirementLine, ...]:
        return tuple(line for line in self.lines if line.is_constraint)

    @property
    def checks_hashes(self) -> bool:
        """As in pip, one hash anywhere demands hashes everywhere."""
        return self.require_hashes or any(line.hashes for line in self.requirements)

    @property
    def hashes(self) -> Mapping[str, frozenset[str]]:
        """What is allowed of each package that has hashes; of several lines for several Pythons, what any allows."""
        allowed: dict[str, frozenset[str]] = {}
        for line in self.requirements:
            if line.name and line.hashes:
                allowed[line.name] = allowed.get(line.name, frozenset()) | set(line.hashes)
        return allowed

    def indexes(self, defaults: Indexes) -> Indexes:
        """``defaults`` as this file changes them: what a file writes wins. Raises ``BadRequirements``."""
        changed = defaults.overridden_by(
            main=_address("--index-url", self.index_url) if self.index_url else None,
            extra=[_address("--extra-index-url", each) for each in self.extra_index_urls],
            find_links=self.find_links,
            trusted_hosts=self.trusted_hosts,
            no_index=self.no_index,
            writer=self.files[0] if self.files else "the requirements",
        )
        return changed.with_logins(self.logins)


def _address(option: str, text: str) -> str:
    if unfilled := VARIABLE.search(text):
        raise BadRequirements(
            f"{option} in the requirements needs the variable {unfilled[1]}, which the app does not have.",
            f"Add {unfilled[1]} on the app's page Environment; a secret's value can be one.",
        )
    try:
        return check_index_address(text)
    except BadAddress as error:
        raise BadRequirements(f"{option} in the requirements: {error}", error.hint) from None
