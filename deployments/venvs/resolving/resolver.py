"""uv as the resolver, in its sandbox: from requirements to the packages that satisfy them."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from packaging.utils import canonicalize_name

from deployments.failures import Failure
from deployments.shell import Finished
from deployments.venvs import explain, uv
from deployments.venvs.lock import ArtefactKind, LockedPackage
from deployments.venvs.resolving import mirrors, overlay, pylock
from deployments.venvs.resolving.governing import Attempt, Governor, Settled
from deployments.venvs.resolving.request import LockRequest, digest
from deployments.venvs.workbench import OnLine, ShouldStop, Workbench, read_text

PINNED = re.compile(r"^([A-Za-z0-9._-]+)==")
FROM_INDEX = re.compile(r"^\s+# from (\S+)$")


@dataclass(frozen=True)
class Answer:
    """What one question to the resolver found, and what there is to say about it."""

    packages: tuple[LockedPackage, ...] = ()
    notices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Resolver:
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
        finished = self.finish(self._compile_command(inputs, output, "pylock.toml", [*options, *config]))
        if finished.returncode != 0:
            return Attempt(said=finished.output, failure=self._failure(finished))
        return Attempt(read_text(output))

    def governed(self, inputs: Sequence[Path], options: Sequence[str], *, reads_config: bool) -> Answer:
        """The packages for ``inputs`` under the request's rules."""

        def attempt(further: Sequence[str]) -> Attempt:
            return self.attempt(inputs, [*options, *further], reads_config=reads_config)

        settled = self.governor.settle(attempt)
        origins = self.indexes_of(inputs, [*options, *settled.options], reads_config=reads_config)
        return self._answer(settled, origins)

    def exported(self) -> Answer:
        """The packages of uv.lock under the request's rules."""
        text = self.export()
        answer = self._answer(self.governor.read(text), {})
        return replace(answer, packages=mirrors.moved(answer.packages, text, self.request, self.find, self.say))

    def _answer(self, settled: Settled, origins: Mapping[str, str]) -> Answer:
        packages = self.select(settled.text, origins, without=settled.names)
        return Answer((*packages, *settled.external), settled.notices)

    @property
    def governor(self) -> Governor:
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
        packages = pylock.select(
            text,
            self.request.interpreter,
            root=self.tree,
            indexes=self.request.effective_indexes,
            origins=origins,
            hashes=read.hashes if hashes is None else hashes,
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
        finished = self.finish(argv)
        if finished.returncode != 0:
            raise self._failure(finished)

    def _failure(self, finished: Finished) -> Failure:
        return explain.resolution_failure(finished.output, self.request.interpreter.version)

    def finish(
        self, argv: Sequence[str], *, readonly: Sequence[Path] = (), env: Mapping[str, str] | None = None
    ) -> Finished:
        finished = self.workbench.run(
            argv,
            readonly=(uv.binary(), *readonly, *self.request.interpreter.readonly_paths, self.request.source),
            cwd=self.tree,
            env=env or uv.ENVIRONMENT | self.workbench.reach(self.request.effective_indexes),
            shown_as={self.tree: ".", self.request.source: "."},
            on_line=self.on_line,
            should_stop=self.should_stop,
        )
        if finished.was_killed:
            raise explain.killed("Resolving the packages")
        return finished


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
