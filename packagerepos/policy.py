"""The rules about packages: which are never installed, and which must not be there at all.

Names are canonical throughout: ``pkg-resources`` stands for ``pkg_resources`` and ``Pkg.Resources`` as well.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Self

from packaging.requirements import InvalidRequirement, Requirement

from packagerepos.requirements import RequirementLine


class ProhibitedAction(StrEnum):
    """What happens to a build that asks for a prohibited package."""

    #: It is left out, and the log says so.
    DROP = "drop"
    #: The build fails with a sentence.
    REFUSE = "refuse"


class Installer(StrEnum):
    """What resolves requirements."""

    UV = "uv"
    PIP = "pip"


class Level(StrEnum):
    SITE = "site"
    WORKSPACE = "workspace"


class Verdict(StrEnum):
    DROPPED = "dropped"
    REFUSED = "refused"
    #: Satisfied by the interpreter's own site.
    EXTERNAL = "external"
    #: External, but the interpreter does not have it.
    MISSING = "missing"


@dataclass(frozen=True)
class Rule:
    """One name on a list of the site or the workspace."""

    name: str
    level: Level

    @property
    def text(self) -> str:
        """The rule in a sentence: "numpy (the site's list)"."""
        return f"{self.name} (the {self.level}'s list)"

    @property
    def prohibits(self) -> str:
        """How a sentence about it begins: "torch is prohibited here (the site's list)"."""
        return f"{self.name} is prohibited here (the {self.level}'s list)"

    @property
    def excludes(self) -> str:
        """The same of what is external: "torch is external (the site's list)"."""
        return f"{self.name} is external (the {self.level}'s list)"


@dataclass(frozen=True)
class Rules:
    """All that holds for one build. What is prohibited is not external, whoever lists it."""

    external: tuple[Rule, ...] = ()
    prohibited: tuple[Rule, ...] = ()
    prohibited_action: ProhibitedAction = ProhibitedAction.DROP
    #: An external package is used only where its version is one that was asked for.
    matches_versions: bool = False
    installer: Installer = Installer.UV

    def prohibiting(self, name: str) -> Rule | None:
        return next((rule for rule in self.prohibited if rule.name == name), None)

    def external_of(self, name: str) -> Rule | None:
        found = next((rule for rule in self.external if rule.name == name), None)
        return None if self.prohibiting(name) else found

    @property
    def external_names(self) -> tuple[str, ...]:
        return tuple(sorted({rule.name for rule in self.external if self.external_of(rule.name)}))

    @property
    def prohibited_names(self) -> tuple[str, ...]:
        return tuple(sorted({rule.name for rule in self.prohibited}))

    def verdict(self, name: str, installed: Mapping[str, str]) -> tuple[Verdict, Rule] | None:
        """What the rules say of a package by its name alone; ``installed`` are the external ones that are there."""
        if rule := self.prohibiting(name):
            refuses = self.prohibited_action is ProhibitedAction.REFUSE
            return (Verdict.REFUSED if refuses else Verdict.DROPPED), rule
        if rule := self.external_of(name):
            return (Verdict.EXTERNAL if name in installed else Verdict.MISSING), rule
        return None

    @property
    def key(self) -> list[Any]:
        """What can change the answer to a request: the names and the ways, not whose lists they stand on."""
        return [
            self.external_names,
            self.prohibited_names,
            self.prohibited_action,
            self.matches_versions,
            self.installer,
        ]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            external=tuple(Rule(rule["name"], Level(rule["level"])) for rule in data["external"]),
            prohibited=tuple(Rule(rule["name"], Level(rule["level"])) for rule in data["prohibited"]),
            prohibited_action=ProhibitedAction(data["prohibited_action"]),
            matches_versions=data["matches_versions"],
            installer=Installer(data.get("installer", Installer.UV)),
        )


@dataclass(frozen=True)
class Finding:
    """A line of a requirements file that the rules have something to say about."""

    line: RequirementLine
    verdict: Verdict
    rule: Rule


@dataclass(frozen=True)
class Judgement:
    """``kept`` are the lines to resolve as they stand; the others have a finding, or do not apply here."""

    kept: tuple[RequirementLine, ...] = ()
    findings: tuple[Finding, ...] = field(default=())

    def of(self, verdict: Verdict) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.verdict is verdict)


def judge(
    lines: Sequence[RequirementLine], rules: Rules, installed: Mapping[str, str], markers: Mapping[str, str]
) -> Judgement:
    """``lines`` under ``rules``; ``installed`` are versions of the external packages that the interpreter has.

    Lines without a written name are kept: what they turn out to be is judged when it is resolved.
    """
    usable = {name for name, version in installed.items() if _all_accept(lines, name, version, markers)}
    kept: list[RequirementLine] = []
    findings: list[Finding] = []
    for line in lines:
        ruled = rules.verdict(line.name, installed) if line.name else None
        if ruled is None or (rules.external_of(ruled[1].name) and rules.matches_versions and line.name not in usable):
            kept.append(line)
        elif not line.is_constraint and _applies(line, markers):
            findings.append(Finding(line, *ruled))
    return Judgement(tuple(kept), tuple(findings))


def _all_accept(lines: Iterable[RequirementLine], name: str, version: str, markers: Mapping[str, str]) -> bool:
    return all(_accepts(line, version) for line in lines if line.name == name and _applies(line, markers))


def _accepts(line: RequirementLine, version: str) -> bool:
    requirement = _parsed(line)
    # An address or a folder is no version: it is never "the same".
    return requirement is not None and requirement.url is None and requirement.specifier.contains(version, True)


def _applies(line: RequirementLine, markers: Mapping[str, str]) -> bool:
    requirement = _parsed(line)
    return requirement is None or requirement.marker is None or requirement.marker.evaluate(dict(markers))


def _parsed(line: RequirementLine) -> Requirement | None:
    if line.path is not None:
        return None
    try:
        return Requirement(line.text)
    except InvalidRequirement:
        return None
