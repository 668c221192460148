"""Requirement files read as pip reads them, with all that they include."""

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import replace
from optparse import Values
from pathlib import Path
from urllib.parse import unquote, urlsplit

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from pip_requirements_parser import (
    OptionParsingError,
    TextLine,
    auto_decode,
    break_args_options,
    build_parser,
    preprocess,
)

from packagerepos.indexes import Credential, split_login
from packagerepos.requirements import VARIABLE, BadRequirements, RequirementLine, Requirements

VCS = re.compile(r"^(git|hg|svn|bzr)\+", re.IGNORECASE)
NAMED_ADDRESS = re.compile(r"^(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*(\[[^\]]*\])?)\s*@\s*(?P<target>\S.*)$")
SCHEME = re.compile(r"^[a-zA-Z][a-zA-Z0-9+.-]*:")
ARCHIVES = (".whl", ".zip", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
#: Includes of includes; pip has no limit, a circle of uploads has.
MAX_FILES = 100
MAX_FILE_BYTES = 1024 * 1024


def read(source: Path, name: str = "requirements.txt", env: Mapping[str, str] | None = None) -> Requirements:
    """Read ``source/name`` and what it includes. ``env`` fills ``${NAME}``. Raises ``BadRequirements``."""
    reader = _Reader(source.resolve(), env or {})
    reader.read_file(name, is_constraint=False, asked_by="")
    return reader.result()


class _Reader:
    def __init__(self, source: Path, env: Mapping[str, str]) -> None:
        self._source = source
        self._env = env
        self._seen: dict[tuple[str, bool], None] = {}
        self._lines: list[RequirementLine] = []
        self._logins: list[Credential] = []
        self._options: list[tuple[Values, Path, str]] = []
        self._parser = build_parser()
        self._unset: dict[str, object] = vars(self._parser.get_default_values())

    def read_file(self, name: str, *, is_constraint: bool, asked_by: str) -> None:
        path = self._inside(name, asked_by or name)
        shown = str(path.relative_to(self._source))
        if (shown, is_constraint) in self._seen:
            return
        self._seen[shown, is_constraint] = None
        if len(self._seen) > MAX_FILES:
            raise BadRequirements(f"{asked_by}: more than {MAX_FILES} requirement files include each other.")
        for number, line in self._text_lines(path, shown, asked_by):
            self._read_line(line, path, f"{shown}, line {number}", is_constraint)

    def result(self) -> Requirements:
        no_binary, only_binary = _formats([options for options, _, _ in self._options])
        values = [options for options, _, _ in self._options]
        return Requirements(
            lines=tuple(self._lines),
            files=tuple(dict.fromkeys(shown for shown, _ in self._seen)),
            no_binary=no_binary,
            only_binary=only_binary,
            pre=any(options.pre for options in values),
            prefer_binary=any(options.prefer_binary for options in values),
            require_hashes=any(options.require_hashes for options in values),
            index_url=next((options.index_url for options in reversed(values) if options.index_url), None),
            extra_index_urls=tuple(url for options in values for url in options.extra_index_urls or ()),
            find_links=tuple(
                self._find_links(link, folder, place)
                for options, folder, place in self._options
                for link in options.find_links or ()
            ),
            trusted_hosts=tuple(host for options in values for host in options.trusted_hosts or ()),
            no_index=any(options.no_index for options in values),
            logins=tuple(self._logins),
        )

    def _text_lines(self, path: Path, shown: str, asked_by: str) -> Iterator[tuple[int, str]]:
        if not path.is_file():
            where = f"{asked_by} includes {shown}, which" if asked_by else shown
            raise BadRequirements(f"{where} does not exist in the source.", "Upload that file too, or remove the line.")
        if path.stat().st_size > MAX_FILE_BYTES:
            raise BadRequirements(f"{shown} is larger than {MAX_FILE_BYTES} bytes.")
        try:
            data = path.read_bytes()
            content = auto_decode(data)
        except (UnicodeDecodeError, LookupError):
            try:
                content = data.decode("utf-8")
            except UnicodeDecodeError:
                raise BadRequirements(f"{shown} is not readable text.", "Save the file as UTF-8.") from None
        for line in preprocess(content):
            if isinstance(line, TextLine):
                yield line.line_number, VARIABLE.sub(lambda match: self._env.get(match[1], match[0]), line.line)

    def _read_line(self, line: str, path: Path, place: str, is_constraint: bool) -> None:
        try:
            text, options, stray = self._parse(line)
        except (OptionParsingError, ValueError) as error:
            reason = str(getattr(error, "msg", error)).removeprefix("pip_requirements_parser: error: ").strip()
            raise BadRequirements(f"{place}: {reason}.", "Only the options of pip's requirement files work.") from None
        if stray:
            raise BadRequirements(
                f"{place}: {' '.join(stray)!r} does not belong here.", "Write one requirement a line."
            )
        if text:
            self._lines.append(self._requirement(text, options, path.parent, place, is_constraint))
            return
        for editable in options.editables or ():
            self._lines.append(self._requirement(editable, options, path.parent, place, is_constraint))
        for names, constrains in ((options.requirements, is_constraint), (options.constraints, True)):
            for name in names or ():
                if SCHEME.match(name):
                    raise BadRequirements(f"{place} includes {name}.", "Upload that file with the source.")
                inner = self._inside(str(path.parent / name), place)
                self.read_file(str(inner), is_constraint=constrains, asked_by=place)
        self._options.append((options, path.parent, place))

    def _parse(self, line: str) -> tuple[str, Values, list[str]]:
        """The requirement of a line, its options, and what belongs to neither."""
        text, written = break_args_options(line)
        # The parser adds to the lists it is given. The library makes one for each line instead: half a millisecond.
        unset = {name: list(value) if isinstance(value, list) else value for name, value in self._unset.items()}
        options, stray = self._parser.parse_args(shlex.split(written), Values(unset))
        return text, options, stray

    def _requirement(
        self, text: str, options: Values, folder: Path, place: str, is_constraint: bool
    ) -> RequirementLine:
        line = RequirementLine(text, place, hashes=tuple(options.hashes or ()), is_constraint=is_constraint)
        bare, marker = _split_marker(text)
        if named := NAMED_ADDRESS.match(bare):
            return self._direct(line, named["target"], marker, named["name"], folder)
        if SCHEME.match(bare):
            return self._direct(line, bare, marker, None, folder)
        if _is_path(bare):
            return self._local(line, bare, marker, None, folder)
        try:
            requirement = Requirement(text)
        except InvalidRequirement as error:
            raise BadRequirements(
                f"{place}: {text!r} is not a requirement ({str(error).splitlines()[0]}).",
                'Write a name and, if you like, versions, for instance "pandas>=2.2".',
            ) from None
        return replace(line, name=canonicalize_name(requirement.name))

    def _direct(
        self, line: RequirementLine, target: str, marker: str, name: str | None, folder: Path
    ) -> RequirementLine:
        """A requirement that names an address instead of versions."""
        plain = canonicalize_name(name.partition("[")[0]) if name else _egg(target)
        if target.startswith("file:"):
            return self._local(line, unquote(urlsplit(target).path), marker, name, folder)
        if not SCHEME.match(target):
            return self._local(line, target, marker, name, folder)
        scheme = urlsplit(target).scheme.lower()
        if scheme not in {"http", "https"} and not VCS.match(target):
            raise BadRequirements(f"{line.place}: addresses that begin with {scheme}: cannot be used.")
        if scheme in {"http", "https"} or target.lower().startswith(("git+http:", "git+https:")):
            # A login in an address would end up in the lock; beside it, it does not.
            bare, login = split_login(target)
            self._logins += [login] if login else []
            line = replace(line, text=line.text.replace(target, bare))
        return replace(line, name=plain)

    def _local(
        self, line: RequirementLine, target: str, marker: str, name: str | None, folder: Path
    ) -> RequirementLine:
        """A requirement that lies in the source itself."""
        place, bracket, extras = target.partition("[")
        path = self._inside(str(folder / place.strip().partition("#")[0]), line.place)
        if not path.exists():
            raise BadRequirements(f"{line.place} asks for {place.strip()}, which does not exist in the source.")
        if path.is_dir() and not any((path / project).is_file() for project in ("pyproject.toml", "setup.py")):
            raise BadRequirements(
                f"{line.place} asks for {place.strip()}, which is not a Python project.",
                "A project folder has a pyproject.toml or a setup.py.",
            )
        suffix = (bracket + extras if name is None else "") + (f" ; {marker}" if marker else "")
        return replace(line, path=str(path.relative_to(self._source)), suffix=suffix, name=name)

    def _find_links(self, link: str, folder: Path, place: str) -> str:
        if SCHEME.match(link) and not link.startswith("file:"):
            return link
        target = unquote(urlsplit(link).path) if link.startswith("file:") else link
        return f"./{self._inside(str(folder / target), place).relative_to(self._source)}"

    def _inside(self, name: str, place: str) -> Path:
        try:
            path = (self._source / name).resolve()
        except (OSError, RuntimeError, ValueError):
            raise BadRequirements(f"{place} names a file that cannot be read.") from None
        if not path.is_relative_to(self._source):
            raise BadRequirements(f"{place} points outside the source.", "Only files of the upload can be used.")
        return path


def _split_marker(text: str) -> tuple[str, str]:
    """An address may hold semicolons; only one after white space begins a marker there, as in PEP 508."""
    bare, _, marker = text.partition(" ;") if SCHEME.match(text) or " @" in text else text.partition(";")
    return bare.strip(), marker.strip()


def _is_path(text: str) -> bool:
    place = text.partition("[")[0].strip()
    return place.startswith((".", "/", "~")) or place.lower().endswith(ARCHIVES) or ("/" in place and "@" not in place)


def _egg(target: str) -> str | None:
    match = re.search(r"[#&]egg=([A-Za-z0-9._-]+)", target)
    return canonicalize_name(match[1]) if match else None


def _formats(options: list[Values]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """``--no-binary`` and ``--only-binary`` in written order: the later one wins for a name, ``:none:`` empties."""
    chosen: dict[str, set[str]] = {"no_binary": set(), "only_binary": set()}
    for values in options:
        for mine, other in (("no_binary", "only_binary"), ("only_binary", "no_binary")):
            for text in _as_list(getattr(values, mine, None)):
                for name in filter(None, re.split(r"[,\s]+", text)):
                    if name == ":none:":
                        chosen[mine].clear()
                        continue
                    plain = name if name == ":all:" else canonicalize_name(name)
                    chosen[mine].add(plain)
                    chosen[other].discard(plain)
    return tuple(sorted(chosen["no_binary"])), tuple(sorted(chosen["only_binary"]))


def _as_list(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [str(item) for item in value] if isinstance(value, list | tuple | set) else []
