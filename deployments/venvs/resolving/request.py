"""What is asked of the resolver, and the key under which its answer is kept."""

import hashlib
import json
import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from deployments.failures import Failure, FailureKind
from deployments.source.spec import DependencyKind
from deployments.venvs.interpreters import Interpreter
from deployments.venvs.lock import Lock
from deployments.venvs.shipped_images import CLEAN
from deployments.venvs.system_site import SystemPackage
from packagerepos import policy, project_indexes, requirement_files, variables
from packagerepos.addresses import BadAddress
from packagerepos.indexes import Indexes
from packagerepos.policy import Judgement, Rules, Verdict
from packagerepos.requirements import BadRequirements, RequirementLine, Requirements
from packagerepos.variables import BadVariable

#: Part of every key: raise it when the same request would be answered differently.
FORMAT = 1
#: Left out of digests and copies: they change without changing what is built.
NOT_CONTENT = frozenset({"__pycache__", ".git", ".hg", ".svn", ".venv", "node_modules"})


@dataclass(frozen=True)
class LockRequest:
    """One question to the resolver. ``source`` is the unpacked upload.

    ``additions`` are requirements of the platform (the server a framework needs), added only where
    the app's own do not bring the package. ``indexes`` are the defaults; the app's own ``variables``
    (``PIP_INDEX_URL``, …) win over them, and what the source writes wins over both. ``variables`` also fill
    ``${NAME}`` in requirement files. ``rules`` say what is not installed; ``installed`` are the external packages
    that the interpreter has. ``image`` are the libraries that the app's own are laid over,
    ``image_title`` says which those are.
    """

    source: Path
    dependencies: DependencyKind
    interpreter: Interpreter
    additions: tuple[str, ...] = ()
    indexes: Indexes = field(default_factory=Indexes)
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    rules: Rules = field(default_factory=Rules)
    installed: Mapping[str, SystemPackage] = field(default_factory=dict, repr=False)
    requirements_file: str = str(DependencyKind.REQUIREMENTS)
    read_already: Requirements | None = field(default=None, repr=False)
    image: Lock = field(default_factory=lambda: Lock(()), repr=False)
    image_title: str = ""

    @cached_property
    def requirements(self) -> Requirements:
        """The requirements file, read; empty where another file declares the packages. Raises ``Failure``."""
        if self.read_already is not None:
            return self.read_already
        if self.dependencies is not DependencyKind.REQUIREMENTS:
            return Requirements()
        try:
            return requirement_files.read(self.source, self.requirements_file, self.variables)
        except BadRequirements as error:
            raise Failure(FailureKind.BAD_REQUIREMENTS, str(error), error.hint) from None

    def with_requirements(self, read: Requirements) -> "LockRequest":
        """The same question, with these requirements instead of those of the file."""
        return replace(self, read_already=read)

    @cached_property
    def project(self) -> Mapping[str, Any]:
        """pyproject.toml, read; empty where there is none. Raises ``Failure``."""
        if self.dependencies not in {DependencyKind.PYPROJECT, DependencyKind.UV_LOCK}:
            return {}
        try:
            return tomllib.loads((self.source / "pyproject.toml").read_text("utf-8"))
        except FileNotFoundError:
            raise Failure(
                FailureKind.BAD_REQUIREMENTS,
                f"{self.dependencies} was uploaded without its pyproject.toml.",
                "Upload both files.",
            ) from None
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise Failure(FailureKind.BAD_REQUIREMENTS, f"pyproject.toml cannot be read: {error}.") from None

    @cached_property
    def effective_indexes(self) -> Indexes:
        """Where packages are looked for once the app's variables and its source have had their say.

        Raises ``Failure``.
        """
        try:
            defaults = variables.over(self.variables, self.indexes)
            if self.dependencies is DependencyKind.REQUIREMENTS:
                return self.requirements.indexes(defaults)
            return project_indexes.over(self.project, defaults)
        except (BadAddress, BadRequirements, BadVariable) as error:
            raise Failure(FailureKind.BAD_REQUIREMENTS, str(error), error.hint) from None

    @cached_property
    def direct_names(self) -> frozenset[str]:
        """The canonical names the app itself asks for, as far as they are written down."""
        return frozenset(line.name for line in self.lines if line.name and not line.is_constraint)

    @cached_property
    def lines(self) -> tuple[RequirementLine, ...]:
        """What the source itself asks for, whichever file says so."""
        written = project_indexes.table(self.project, "project").get("dependencies", ())
        return (*self.requirements.lines, *_lines(written if isinstance(written, list) else ()))

    @cached_property
    def judged(self) -> Judgement:
        """``lines`` under the rules."""
        versions = {name: package.version for name, package in self.installed.items()}
        return policy.judge(self.lines, self.rules, versions, self.interpreter.markers)

    @property
    def asked_texts(self) -> tuple[str, ...]:
        """Every requirement that brings packages: the source's own, as far as they are written down, and additions."""
        kept = [line.text for line in self.judged.kept if not line.is_constraint]
        return (*kept, *self.external_texts, *self.additions)

    @property
    def external_texts(self) -> tuple[str, ...]:
        """The direct requirements that the interpreter satisfies; their versions count only where they are matched."""
        lines = [finding.line for finding in self.judged.of(Verdict.EXTERNAL)]
        return tuple(line.text if self.rules.matches_versions else _without_version(line) for line in lines)

    @property
    def key(self) -> str:
        """64 hex digits that stand for everything that can change the answer; no login and no certificate is in it."""
        indexes = self.effective_indexes
        parts: dict[str, Any] = {
            "format": FORMAT,
            "kind": self.dependencies,
            "additions": self.additions,
            "python": [self.interpreter.version, self.interpreter.platform, self.interpreter.cache_tag],
            "indexes": [
                indexes.main,
                indexes.extra,
                indexes.find_links,
                indexes.trusted_hosts,
                indexes.strategy,
                indexes.public,
            ],
            "rules": self.rules.key,
            "installed": sorted((package.name, package.version) for package in self.installed.values()),
            "content": self._content(),
        }
        if self.image.packages:
            parts["image"] = [[package.name, package.version, package.hashes] for package in self.image.packages]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    @cached_property
    def asked(self) -> Mapping[str, str]:
        """What ``key`` stands for, in words or as digests: so that a later build can say which part of it changed."""
        indexes = self.effective_indexes
        standing = (*indexes.addresses, *indexes.find_links, *(f"trusting {host}" for host in indexes.trusted_hosts))
        return {
            "Python": self.interpreter.version,
            "system": self.interpreter.platform,
            "package indexes": ", ".join((*standing, str(indexes.strategy))),
            "base image": self.image_title if self.image.packages else CLEAN,
            "packages that the framework needs": _listed(self.additions),
            "requirements": _digest_of([self.dependencies, self._content()]),
            "external packages": self._asked_of_external,
            "prohibited packages": _listed(self.rules.prohibited_names),
            "fate of prohibited packages": str(self.rules.prohibited_action),
            "resolver": str(self.rules.installer),
        }

    @property
    def _asked_of_external(self) -> str:
        """``numpy 1.26.4, scipy (missing)``; matched by version they are others than those matched by name."""
        versions = {name: package.version for name, package in self.installed.items()}
        way = " by version" if self.rules.matches_versions else ""
        return _listed(f"{name} {versions.get(name, '(missing)')}{way}" for name in self.rules.external_names)

    def _content(self) -> list[Any]:
        if self.dependencies is DependencyKind.REQUIREMENTS:
            read = self.requirements
            lines = [
                [line.text, line.hashes, line.is_constraint, line.path and digest(self.source / line.path)]
                for line in read.lines
            ]
            options = [
                read.no_binary,
                read.only_binary,
                read.pre,
                read.prefer_binary,
                read.require_hashes,
                read.no_index,
            ]
            links = [digest(self.source / link) for link in read.find_links if link.startswith("./")]
            return [lines, options, links]
        if self.dependencies is DependencyKind.NONE:
            return []
        files = [self.source / name for name in ("pyproject.toml", "uv.lock", "uv.toml")]
        texts = [digest(path) if path.is_file() else None for path in files]
        # Only a project that is itself built, or that names folders, depends on its other files.
        return [texts, digest(self.source) if self.reads_the_tree else None]

    @property
    def reads_the_tree(self) -> bool:
        """Whether the answer may depend on more of the source than the files that declare packages."""
        if any(line.path for line in self.requirements.lines):
            return True
        uv = project_indexes.table(project_indexes.table(self.project, "tool"), "uv")
        is_package = "build-system" in self.project or uv.get("package") is True
        return is_package or "workspace" in uv or "path" in json.dumps(uv.get("sources", {}), default=str)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "none"


def _digest_of(what: object) -> str:
    return hashlib.sha256(json.dumps(what).encode()).hexdigest()


def request_key(request: LockRequest) -> str:
    """The key of ``request``: the same key has the same answer, so nothing is resolved twice."""
    return request.key


def digest(path: Path) -> str:
    """SHA-256 of a file, or of a folder's names, execute bits, links and contents."""
    total = hashlib.sha256()
    for file in [path] if path.is_file() else _files(path):
        status = os.lstat(file)
        linked = os.readlink(file) if file.is_symlink() else ""
        content = b"" if linked else hashlib.sha256(file.read_bytes()).digest()
        head = [str(file.relative_to(path)), bool(status.st_mode & 0o100), linked]
        total.update(json.dumps(head).encode() + content)
    return total.hexdigest()


def _files(folder: Path) -> Iterable[Path]:
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(set(folders) - NOT_CONTENT)
        links = [name for name in folders if (Path(root) / name).is_symlink()]
        yield from (Path(root) / name for name in sorted([*files, *links]))


def _lines(written: Iterable[object]) -> Iterable[RequirementLine]:
    for text in map(str, written):
        try:
            yield RequirementLine(text, "pyproject.toml", canonicalize_name(Requirement(text).name))
        except InvalidRequirement:
            continue


def _without_version(line: RequirementLine) -> str:
    extras = re.search(r"\[[^\]]*\]", line.text.partition(";")[0].partition("@")[0])
    return f"{line.name}{extras[0] if extras else ''}"
