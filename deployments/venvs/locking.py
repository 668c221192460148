"""From what a source asks for to the exact packages it gets."""

import re
import shutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from deployments.failures import Failure, FailureKind
from deployments.shell import Finished
from deployments.source.spec import DependencyKind
from deployments.venvs import explain, mirrors, overlay, pip, pylock, uv
from deployments.venvs.governing import Attempt, Governor, Settled
from deployments.venvs.lock import ArtefactKind, Lock, LockedPackage, Origin
from deployments.venvs.request import NOT_CONTENT, LockRequest, digest, request_key
from deployments.venvs.workbench import OnLine, ShouldStop, Workbench, certificates_env, read_text
from packagerepos import config_files
from packagerepos.policy import Installer

__all__ = ["LockRequest", "lock", "request_key"]

PINNED = re.compile(r"^([A-Za-z0-9._-]+)==")
FROM_INDEX = re.compile(r"^\s+# from (\S+)$")


def lock(
    request: LockRequest,
    workbench: Workbench,
    on_line: OnLine | None = None,
    should_stop: ShouldStop | None = None,
) -> Lock:
    """Resolve ``request``. Raises ``Failure`` with what is wrong, and ``shell.Stopped``."""
    image = overlay.ruled(request.image, request.rules, request.installed, request.interpreter)
    request = replace(request, image=image)
    try:
        own = _resolve_own(request, workbench, on_line, should_stop)
    except Failure as failure:
        raise _with_newest(failure, request, workbench, should_stop) from None
    added = _resolve_additions(request, own.packages, workbench, on_line, should_stop)
    direct = request.direct_names
    packages = [
        package
        if package.origin in {Origin.PLATFORM, Origin.EXTERNAL}
        else replace(package, origin=Origin.REQUIREMENTS if _is_direct(package, direct) else Origin.TRANSITIVE)
        for package in (*own.packages, *added.packages)
    ]
    # What is left out of both is told once.
    notices = tuple(dict.fromkeys((*request.image.notices, *own.notices, *added.notices)))
    return Lock(tuple(sorted(overlay.over(request.image, packages), key=lambda package: package.name)), notices)


def _with_newest(
    failure: Failure, request: LockRequest, workbench: Workbench, should_stop: ShouldStop | None
) -> Failure:
    """A version that does not exist is best answered with one that does."""
    name = explain.missing_version(failure)
    if name is None or not re.search(r"is [<>=!~]", failure.message) or failure.hint.startswith("Available"):
        return failure
    # Without the image: its version is known already.
    bare = replace(
        request, dependencies=DependencyKind.NONE, additions=(), indexes=request.effective_indexes, image=Lock(())
    )
    resolver = _Resolver(bare, workbench, request.source, None, should_stop)
    asked = workbench.folder("newest") / "name.txt"
    asked.write_text(name)
    try:
        newest = resolver.select(resolver.compile([asked], ["--no-deps"], reads_config=False), {})
    except Failure:
        return failure
    return explain.newest_known(failure, name, newest[0].version or "") if newest else failure


def _is_direct(package: LockedPackage, direct: Collection[str]) -> bool:
    return package.index is None or package.name in direct


@dataclass(frozen=True)
class _Answer:
    """What one question to the resolver found, and what there is to say about it."""

    packages: tuple[LockedPackage, ...] = ()
    notices: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Resolver:
    """uv in its sandbox, for one request: ``tree`` is the source as the resolver may see (and write) it."""

    request: LockRequest
    workbench: Workbench
    tree: Path
    on_line: OnLine | None
    should_stop: ShouldStop | None

    def compile(self, inputs: Sequence[Path], options: Sequence[str], *, reads_config: bool) -> str:
        """The lock file for ``inputs``, as text."""
        attempt = self.attempt(inputs, options, reads_config=reads_config)
        if attempt.failure is not None:
            raise attempt.failure
        return attempt.text

    def attempt(self, inputs: Sequence[Path], options: Sequence[str], *, reads_config: bool) -> Attempt:
        output = self._output("lock", "pylock.toml")
        config = [] if reads_config else ["--no-config"]
        finished = self._finish(self._compile_command(inputs, output, "pylock.toml", [*options, *config]))
        if finished.returncode != 0:
            return Attempt(said=finished.output, failure=self._failure(finished))
        return Attempt(read_text(output))

    def governed(self, inputs: Sequence[Path], options: Sequence[str], *, reads_config: bool) -> _Answer:
        """The packages for ``inputs`` under the request's rules."""

        def attempt(further: Sequence[str]) -> Attempt:
            return self.attempt(inputs, [*options, *further], reads_config=reads_config)

        settled = self._governor.settle(attempt)
        origins = self.indexes_of(inputs, [*options, *settled.options], reads_config=reads_config)
        return self._answer(settled, origins)

    def by_pip(self) -> _Answer:
        """The versions that pip chooses, under the same rules; their files are found on the indexes that hold here."""
        governor, request = self._governor, self.request
        external = governor.pins()
        finished, chosen = self._ask_pip(external)
        if finished.returncode != 0 and external and request.rules.matches_versions:
            finished, chosen = self._ask_pip(())
        if finished.returncode != 0:
            raise pip.failure(finished.output, request.interpreter.version)
        places = {line.name: line.place for line in request.lines if line.name and not line.is_constraint}
        needed_by = {**pip.needers(chosen, request.interpreter.markers), **places}
        settled = governor.sort({one.name: one.version for one in chosen}, needed_by)
        hashes = {line.name: line.hashes for line in request.requirements.requirements if line.name and line.hashes}
        pins = [one.pin for one in chosen if one.name not in settled.names]
        packages = self.find(pins, hashes) if pins else ()
        return _Answer((*packages, *settled.external), settled.notices)

    def _ask_pip(self, external: Sequence[str]) -> tuple[Finished, tuple[pip.Chosen, ...]]:
        (asked,), _ = _requirement_inputs(self.request, self.workbench, self.tree)
        limits = asked.with_name("constraints.txt")
        limits.write_text(limits.read_text() + "".join(f"{pin}\n" for pin in external))
        report = self.workbench.folder("report") / "report.json"
        program, indexes = pip.wheel(self.request.interpreter), self.request.effective_indexes
        argv = pip.command(
            program, asked, limits, python=self.request.interpreter.path, report=report,
            cache_dir=self.workbench.cache, options=pip.options(self.request.requirements, indexes, self.tree),
        )  # fmt: skip
        reach = self.workbench.reach(indexes)
        conf = config_files.pip_conf(indexes, (certificates_env() | reach).get("SSL_CERT_FILE"))
        env = pip.ENVIRONMENT | reach | {"PIP_CONFIG_FILE": str(self.workbench.private_file("pip.conf", conf))}
        finished = self._finish(argv, readonly=(program,), env=env)
        return finished, pip.read_report(read_text(report)) if finished.returncode == 0 else ()

    def exported(self) -> _Answer:
        """The packages of uv.lock under the request's rules."""
        text = self.export()
        answer = self._answer(self._governor.read(text), {})
        return replace(answer, packages=mirrors.moved(answer.packages, text, self.request, self.find, self.say))

    def _answer(self, settled: Settled, origins: Mapping[str, str]) -> _Answer:
        packages = self.select(settled.text, origins, without=settled.names)
        return _Answer((*packages, *settled.external), settled.notices)

    @property
    def _governor(self) -> Governor:
        request = self.request
        return Governor(request.rules, request.installed, request.interpreter, request.judged, self.workbench.folder)

    def indexes_of(self, inputs: Sequence[Path], options: Sequence[str], *, reads_config: bool) -> Mapping[str, str]:
        """The index each package came from. With one index there is nothing to ask."""
        indexes = self.request.effective_indexes
        if len(indexes.addresses) == 1 and not indexes.find_links:
            return _Always(indexes.addresses[0])
        output = self._output("annotated", "requirements.txt")
        config = [] if reads_config else ["--no-config"]
        self._run(self._compile_command(inputs, output, "requirements.txt", [*options, *config, "--no-annotate"]))
        return _annotations(read_text(output))

    def _output(self, folder: str, form: str) -> Path:
        """Where the answer goes; the resolver keeps to the versions that it finds there."""
        output = self.workbench.folder(folder) / form
        if self.request.image.packages:
            output.write_text(overlay.preferences(self.request.image, form))
            self.workbench.give_all(output.parent)
        return output

    def export(self) -> str:
        output = self.workbench.folder("lock") / "pylock.toml"
        python, cache = self.request.interpreter.path, self.workbench.cache
        self._run(uv.export_command(self.tree, python=python, output=output, cache_dir=cache))
        return read_text(output)

    def select(
        self,
        text: str,
        origins: Mapping[str, str],
        hashes: Mapping[str, Collection[str]] | None = None,
        *,
        without: Collection[str] = (),
    ) -> tuple[LockedPackage, ...]:
        read = self.request.requirements
        written = {line.name: line.hashes for line in read.requirements if line.name and line.hashes}
        packages = pylock.select(
            text,
            self.request.interpreter,
            root=self.tree,
            indexes=self.request.effective_indexes,
            origins=origins,
            hashes=written if hashes is None else hashes,
            prefer_sdist=read.no_binary,
            without=without,
        )
        return tuple(self._with_digest(package) for package in packages)

    def find(self, pins: Sequence[str], hashes: Mapping[str, Collection[str]]) -> tuple[LockedPackage, ...]:
        """Exact versions on the indexes, alone. Of those named in ``hashes`` only files with such a hash count."""
        asked, options = self.workbench.folder("pins") / "pins.txt", ["--no-deps"]
        asked.write_text("\n".join(pins))
        text = self.compile([asked], options, reads_config=False)
        return self.select(text, self.indexes_of([asked], options, reads_config=False), hashes)

    def say(self, line: str) -> None:
        if self.on_line is not None:
            self.on_line(line)

    def _with_digest(self, package: LockedPackage) -> LockedPackage:
        if package.kind is not ArtefactKind.DIRECTORY:
            return package
        return replace(package, hashes=(f"sha256:{digest(self.request.source / package.url)}",))

    def _compile_command(self, inputs: Sequence[Path], output: Path, form: str, options: Sequence[str]) -> list[str]:
        indexes = uv.index_options(self.request.effective_indexes, self.tree)
        return uv.compile_command(
            inputs,
            python=self.request.interpreter.path,
            output=output,
            form=form,
            cache_dir=self.workbench.cache,
            options=[*indexes, *options],
        )

    def _run(self, argv: Sequence[str]) -> None:
        finished = self._finish(argv)
        if finished.returncode != 0:
            raise self._failure(finished)

    def _failure(self, finished: Finished) -> Failure:
        return explain.resolution_failure(finished.output, self.request.interpreter.version)

    def _finish(
        self, argv: Sequence[str], *, readonly: Sequence[Path] = (), env: Mapping[str, str] | None = None
    ) -> Finished:
        return self.workbench.run(
            argv,
            readonly=(uv.binary(), *readonly, *self.request.interpreter.readonly_paths, self.request.source),
            cwd=self.tree,
            env=env or uv.ENVIRONMENT | self.workbench.reach(self.request.effective_indexes),
            shown_as={self.tree: ".", self.request.source: "."},
            on_line=self.on_line,
            should_stop=self.should_stop,
        )


class _Always(dict[str, str]):
    """Every package came from one index."""

    def __init__(self, index: str) -> None:
        super().__init__()
        self._index = index

    def get(self, key: str, default: object = None) -> str:
        return self._index


def _annotations(text: str) -> Mapping[str, str]:
    found: dict[str, str] = {}
    name = ""
    for line in text.splitlines():
        if pinned := PINNED.match(line):
            name = canonicalize_name(pinned[1])
        elif origin := FROM_INDEX.match(line):
            found[name] = origin[1]
    return found


def _resolve_own(
    request: LockRequest, workbench: Workbench, on_line: OnLine | None, should_stop: ShouldStop | None
) -> _Answer:
    if request.dependencies is DependencyKind.NONE:
        return _Answer()
    tree = _tree(request, workbench)
    resolver = _Resolver(request, workbench, tree, on_line, should_stop)
    if request.dependencies is DependencyKind.UV_LOCK:
        return resolver.exported()
    if request.dependencies is DependencyKind.PYPROJECT:
        inputs: list[Path] = [tree / "pyproject.toml"]
        options: list[str] = []
    else:
        request = _brought_home(request, resolver)
        resolver = replace(resolver, request=request)
        inputs, options = _requirement_inputs(request, workbench, tree)
        if not request.requirements.requirements:
            return _Answer()
    if request.rules.installer is Installer.PIP:
        answer = resolver.by_pip()
    else:
        answer = resolver.governed(inputs, options, reads_config=request.dependencies is DependencyKind.PYPROJECT)
    _demand_hashes(request, answer.packages)
    return answer


def _brought_home(request: LockRequest, resolver: _Resolver) -> LockRequest:
    read = mirrors.brought_home(request.requirements, request.effective_indexes, resolver.find, resolver.say)
    return request if read is request.requirements else request.with_requirements(read)


def _tree(request: LockRequest, workbench: Workbench) -> Path:
    """Where the resolver finds the source: a copy if building its metadata may write beside the files."""
    workbench.prepare()
    if request.dependencies is DependencyKind.REQUIREMENTS and not request.reads_the_tree:
        return request.source
    tree = workbench.scratch / "source"
    shutil.rmtree(tree, ignore_errors=True)
    shutil.copytree(request.source, tree, symlinks=True, ignore=shutil.ignore_patterns(*NOT_CONTENT))
    workbench.give_all(tree)
    return tree


def _requirement_inputs(request: LockRequest, workbench: Workbench, tree: Path) -> tuple[list[Path], list[str]]:
    read = request.requirements
    folder = workbench.folder("requirements")
    asked, constraints = folder / "requirements.txt", folder / "constraints.txt"
    kept = request.judged.kept
    texts = [line.at(tree) for line in kept if not line.is_constraint] + list(request.external_texts)
    limits = [line.at(tree) for line in kept if line.is_constraint]
    asked.write_text("".join(f"{text}\n" for text in texts))
    constraints.write_text("".join(f"{text}\n" for text in limits))
    options = uv.format_options(read.no_binary, read.only_binary)
    options += ["--prerelease", "allow"] if read.pre else []
    options += ["--constraints", str(constraints)] if limits else []
    return [asked], options


def _demand_hashes(request: LockRequest, packages: Sequence[LockedPackage]) -> None:
    """pip's rule: where one requirement has a hash, everything needs one."""
    if not request.requirements.checks_hashes:
        return
    hashed = {line.name for line in request.requirements.requirements if line.hashes}
    installed = (package.name for package in packages if package.kind is not ArtefactKind.EXTERNAL)
    bare = sorted(name for name in installed if name not in hashed)
    if bare:
        raise Failure(
            FailureKind.BAD_REQUIREMENTS,
            f"The requirements check hashes, but {', '.join(bare)} has none.",
            "Add the version and a --hash for each, also for what other packages need, or remove all hashes.",
        )


def _resolve_additions(
    request: LockRequest,
    own: Sequence[LockedPackage],
    workbench: Workbench,
    on_line: OnLine | None,
    should_stop: ShouldStop | None,
) -> _Answer:
    """What the platform adds, resolved with the app's own packages as they are: it can never move them."""
    present = {package.name for package in (*request.image.packages, *own)}
    missing = [text for text in request.additions if canonicalize_name(Requirement(text).name) not in present]
    if not missing:
        return _Answer()
    bare = replace(request, dependencies=DependencyKind.NONE, indexes=request.effective_indexes)
    resolver = _Resolver(bare, workbench, request.source, on_line, should_stop)
    folder = workbench.folder("additions")
    asked, pins = folder / "additions.txt", folder / "constraints.txt"
    asked.write_text("\n".join(missing))
    pinned = [package for package in own if package.version and package.kind is not ArtefactKind.EXTERNAL]
    pins.write_text("".join(f"{package.name}=={package.version}\n" for package in pinned))
    answer = resolver.governed([asked], ["--constraints", str(pins)], reads_config=False)
    added = [package for package in answer.packages if package.name not in present]
    return replace(answer, packages=tuple(
        package if package.kind is ArtefactKind.EXTERNAL else replace(package, origin=Origin.PLATFORM)
        for package in added
    ))  # fmt: skip
