"""Resolution under the rules about packages: nothing prohibited, and what is external from the interpreter's own site.

The resolver is given a wheel of metadata alone in place of each package that the rules name, whatever version is
asked for (``uv --overrides``). Those that appear in its answer are needed by something. uv forgets the markers
of what it overrides, so for what no requirement names itself a second question tells who needs it here, if anybody:
with everything else pinned, a version that does not exist.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.version import InvalidVersion, Version

from deployments.failures import Failure, FailureKind
from deployments.venvs.interpreters import Interpreter
from deployments.venvs.lock import ArtefactKind, LockedPackage, Origin
from deployments.venvs.resolving import pylock, stand_ins
from deployments.venvs.system_site import SystemPackage
from packagerepos.policy import Finding, Judgement, Rule, Rules, Verdict

NOWHERE = "0.dev0+needed"


@dataclass(frozen=True)
class Attempt:
    """One run of the resolver: the lock file it wrote, or what it said and how to say that to people."""

    text: str = ""
    said: str = ""
    failure: Failure | None = None


#: Runs the resolver with further options.
Try = Callable[[Sequence[str]], Attempt]


@dataclass(frozen=True)
class Settled:
    """``text`` is the lock file; what is in ``names`` must not be taken from it: ``external`` stands for that.

    ``options`` are those that led to it.
    """

    text: str
    options: tuple[str, ...] = ()
    names: frozenset[str] = frozenset()
    external: tuple[LockedPackage, ...] = ()
    notices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Governor:
    """``installed`` are the external packages that the interpreter has; ``asked`` what the source itself asks for.

    ``folder`` makes a folder that the resolver can read.
    """

    rules: Rules
    installed: Mapping[str, SystemPackage]
    interpreter: Interpreter
    asked: Judgement
    folder: Callable[[str], Path]

    def settle(self, attempt: Try) -> Settled:
        """Raises ``Failure``: the resolver's, or that a package is prohibited or not there."""
        self._refuse_early()
        overridden, matched, notices = set(self._overridden), self._matched, list(self._mismatches)
        stand_in = self._write_stand_ins()
        while True:
            options = self._options(stand_in, overridden, matched)
            answer = attempt(options)
            if answer.failure is not None and matched:
                notices.append(_unusable(matched))
                matched = ()
                continue
            if answer.failure is not None:
                raise answer.failure
            seen = pylock.names(answer.text, self.interpreter) & {*overridden, *matched}
            needed_by = self._needed_by(answer.text, seen & overridden, overridden, stand_in, attempt)
            if seen <= {*needed_by, *matched}:
                break
            overridden -= seen - needed_by.keys() - {*matched}
        verdicts = [self._verdict(name, needed_by.get(name, "")) for name in sorted(seen)]
        return self._settled(answer.text, tuple(options), frozenset({*overridden, *matched}), verdicts, notices)

    def read(self, text: str) -> Settled:
        """The same for a lock that the source brought: it is taken as it stands, but for what the rules name."""
        self._refuse_early()
        versions = pylock.versions(text, self.interpreter)
        ruled = {name for name in versions if self.rules.verdict(name, self._versions)}
        if self.rules.matches_versions:
            ruled -= {n for n in ruled if self.rules.external_of(n) and self._versions.get(n) != versions[n]}
        return self._settled(text, (), frozenset(ruled), [self._verdict(name, "uv.lock") for name in sorted(ruled)], [])

    def sort(self, found: Mapping[str, str], needed_by: Mapping[str, str]) -> Settled:
        """The same for the versions by name that another resolver found; ``needed_by`` says who needs them."""
        self._refuse_early()
        ruled = {name for name in found if self.rules.verdict(name, self._versions)}
        if self.rules.matches_versions:
            ruled -= {n for n in ruled if self.rules.external_of(n) and self._versions.get(n) != found[n]}
        verdicts = [self._verdict(name, needed_by.get(name, "")) for name in sorted(ruled)]
        return self._settled("", (), frozenset(ruled), verdicts, self._mismatches)

    def pins(self) -> tuple[str, ...]:
        """Constraints that make any resolver take what the interpreter has: ``numpy @ file:///…``."""
        stand_in = self._write_stand_ins()
        return tuple(f"{name} @ {stand_in[name].as_uri()}" for name in self._used_if_fit)

    def without_pins(self, found: Collection[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Where nothing was found under ``pins``: what to ask for besides, as ``found`` without them, and notices.

        By name alone they stand for any version, and bring what they need themselves; by version they give way.
        """
        if self.rules.matches_versions:
            return (), (_unusable(self._matched),)
        used = (self.installed[name] for name in self._used_if_fit if name in found)
        return tuple(text for package in used for text in package.requires if "extra" not in text), ()

    @property
    def _used_if_fit(self) -> tuple[str, ...]:
        names = self._matched if self.rules.matches_versions else self.rules.external_names
        return tuple(name for name in names if name in self.installed)

    @property
    def _versions(self) -> Mapping[str, str]:
        return {name: package.version for name, package in self.installed.items()}

    @property
    def _overridden(self) -> tuple[str, ...]:
        external = () if self.rules.matches_versions else self.rules.external_names
        return (*self.rules.prohibited_names, *external)

    @property
    def _matched(self) -> tuple[str, ...]:
        """External packages that are taken if their version fits all who ask."""
        if not self.rules.matches_versions:
            return ()
        misfits = {line.name for line in self.asked.kept if line.name in self.installed}
        return tuple(name for name in self.rules.external_names if name in self.installed and name not in misfits)

    @property
    def _mismatches(self) -> list[str]:
        kept = [line for line in self.asked.kept if line.name in self.installed and not line.is_constraint]
        return [
            f"{line.name} {self.installed[line.name or ''].version} of Python's own is not what {line.place} asks for "
            f"({line.text}): that is installed."
            for line in kept
        ]

    def _write_stand_ins(self) -> Mapping[str, Path]:
        names = {*self._overridden, *self._matched}
        if not names:
            return {}
        folder = self.folder("stand-ins")
        return {name: self._write_stand_in(folder, name) for name in sorted(names)}

    def _write_stand_in(self, folder: Path, name: str) -> Path:
        package = self.installed.get(name) if self.rules.external_of(name) else None
        if package is None:
            return stand_ins.write(folder, name)
        return stand_ins.write(folder, name, _version(package.version), package.requires)

    def _options(self, stand_in: Mapping[str, Path], overridden: set[str], matched: Sequence[str]) -> list[str]:
        chosen = {"--overrides": sorted(overridden), "--constraints": list(matched)}
        options: list[str] = []
        for option, names in chosen.items():
            if names:
                # A new file for each: a second question must not change what the first was asked with.
                listed = self.folder(f"rules{option}") / "requirements.txt"
                listed.write_text("".join(f"{name} @ {stand_in[name].as_uri()}\n" for name in names))
                options += [option, str(listed)]
        return options

    def _needed_by(
        self, text: str, seen: set[str], overridden: set[str], stand_in: Mapping[str, Path], attempt: Try
    ) -> dict[str, str]:
        """Which of ``seen`` are truly needed, and by whom, as far as the resolver says."""
        asked = {finding.rule.name: finding.line.place for finding in self.asked.findings}
        needed = {name: place for name, place in asked.items() if name in seen}
        unsure = seen - needed.keys()
        pins = [
            f"{name}=={version}"
            for name, version in pylock.versions(text, self.interpreter).items()
            if version and name not in overridden
        ]
        while unsure:
            options = self._options(stand_in, overridden - unsure, ())
            impossible = self.folder("impossible") / "constraints.txt"
            impossible.write_text("\n".join([*pins, *(f"{name}=={NOWHERE}" for name in sorted(unsure))]))
            answer = attempt([*options, "--constraints", str(impossible)])
            if answer.failure is None:
                break
            # What the resolver does not explain is taken for needed: better one link too many than one too few.
            named = {name for name in unsure if _speaks_of(answer.said, name)} or set(unsure)
            needed |= {name: _who_needs(answer.said, name) for name in named}
            unsure -= named
        return needed

    def _refuse_early(self) -> None:
        for finding in self.asked.of(Verdict.REFUSED):
            raise refused(finding.rule, finding.line.place)
        for finding in self.asked.of(Verdict.MISSING):
            raise missing(finding.rule, self.interpreter)

    def _verdict(self, name: str, needed_by: str) -> tuple[Verdict, Rule, str]:
        ruled = self.rules.verdict(name, self._versions)
        assert ruled is not None
        return (*ruled, needed_by)

    def _settled(
        self,
        text: str,
        options: tuple[str, ...],
        names: frozenset[str],
        verdicts: Sequence[tuple[Verdict, Rule, str]],
        notices: Sequence[str],
    ) -> Settled:
        said, external = list(notices), list[LockedPackage]()
        told = {rule.name for _, rule, _ in verdicts}
        said += [_dropped(found.rule, found.line.place) for found in self.asked.of(Verdict.DROPPED)
                 if found.rule.name not in told]  # fmt: skip
        for verdict, rule, needed_by in verdicts:
            match verdict:
                case Verdict.REFUSED:
                    raise refused(rule, needed_by)
                case Verdict.MISSING:
                    raise missing(rule, self.interpreter)
                case Verdict.DROPPED:
                    said.append(_dropped(rule, needed_by))
                case Verdict.EXTERNAL:
                    package = self.installed[rule.name]
                    external.append(_locked(package))
                    said.append(self._used(package, rule))
        return Settled(text, options, names, tuple(external), tuple(said))

    def _used(self, package: SystemPackage, rule: Rule) -> str:
        used = f"{package.name} {package.version} is external ({rule.level}): Python's own is used, none is installed."
        asked = _first(self.asked.of(Verdict.EXTERNAL), package.name)
        return f"{used} {asked.line.place} asks for {asked.line.text}." if asked else used


def refused(rule: Rule, needed_by: str) -> Failure:
    return Failure(
        FailureKind.PROHIBITED_PACKAGE,
        f"{rule.prohibits}{_because(needed_by)}.",
        "Do without it, or ask whoever keeps that list: an admin of the workspace, or of the site.",
    )


def missing(rule: Rule, interpreter: Interpreter) -> Failure:
    return Failure(
        FailureKind.MISSING_EXTERNAL,
        f"{rule.excludes}, but Python {interpreter.version} does not have it.",
        "Ask for a Python that has it in .python-version, or ask the operator to install it into this one.",
    )


def _dropped(rule: Rule, needed_by: str) -> str:
    return f"{rule.prohibits} and was left out{_because(needed_by)}."


def _because(needed_by: str) -> str:
    return f"; {needed_by} asks for it" if needed_by else ""


def _locked(package: SystemPackage) -> LockedPackage:
    return LockedPackage(package.name, package.version, ArtefactKind.EXTERNAL, "", origin=Origin.EXTERNAL)


def _first(findings: Sequence[Finding], name: str) -> Finding | None:
    return next((finding for finding in findings if finding.rule.name == name), None)


def _unusable(names: Sequence[str]) -> str:
    return f"{', '.join(names)} of Python's own cannot be used here: other versions are needed."


def _version(text: str) -> str:
    try:
        return str(Version(text))
    except InvalidVersion:
        return "0"


def _speaks_of(said: str, name: str) -> bool:
    return (
        re.search(rf"(?<![\w.-]){re.escape(name)}(\[[^\]]*\])?(\{{[^}}]*\}})?=={re.escape(NOWHERE)}", said) is not None
    )


def _who_needs(said: str, name: str) -> str:
    """uv says: "Because needer>=1.0 depends on pywin32>=300" or "all versions of needer depend on pywin32"."""
    match = re.search(
        rf"([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?(?:\{{[^}}]*\}})?(?:[<>=!~]\S*)? depends? on {re.escape(name)}(?![\w.-])",
        said,
    )
    return match[1] if match else ""
