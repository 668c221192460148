"""The contract of an engine: what runs instances, wherever that is.

Written for a remote, restartable engine: every call may be repeated, an engine remembers by
``instance_id`` alone, and nothing outside ``engines/`` knows what a process is.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from deployments.sandbox import Limits


@dataclass(frozen=True)
class PrivateFile:
    """A file for the program's eyes: it may hold a secret. Sealed at rest, read-only to the program.

    An engine that cannot put it at ``path``, which is absolute, puts it elsewhere, says so in every private file that
    names ``path`` and in every variable that is ``path``, and sets ``variable`` to the place unless the program
    has a variable of that name.
    """

    path: str
    content: str = field(repr=False)
    variable: str = ""


@dataclass(frozen=True)
class InstanceSpec:
    """Everything needed to start one instance, now and again after a crash, without the control plane.

    ``argv`` and the values of ``env`` may hold ``$PORT`` or ``$DATABRICKS_APP_PORT``. ``argv[0]`` is looked up in
    ``<environment>/bin`` first. ``secrets`` are environment variables too, but are sealed at rest
    and masked in the instance's log. ``readonly`` are further folders and files the program reads (the interpreter's);
    ``mounts`` are folders that it sees at other places, by those places, in the environment.
    ``programs`` are folders that follow the environment's own on PATH, relative ones in the home of the instance.
    ``hidden`` is what else its log masks.
    """

    instance_id: str
    argv: tuple[str, ...]
    source: Path
    environment: Path
    readonly: tuple[Path, ...]
    uid: int
    log_dir: Path
    mounts: Mapping[Path, Path] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    files: tuple[PrivateFile, ...] = ()
    hidden: frozenset[str] = field(default_factory=frozenset, repr=False)
    programs: tuple[Path, ...] = ()
    limits: Limits = field(default_factory=Limits)


class Condition(StrEnum):
    """What an engine knows of an instance; health is for whoever asks its port."""

    ABSENT = "absent"
    RUNNING = "running"
    #: Ended; the engine will start it again by itself unless it was stopped.
    EXITED = "exited"
    STOPPING = "stopping"


@dataclass(frozen=True)
class Status:
    """``starts`` counts how often the program was started: two mean it crashed once, even when every poll said RUNNING.

    ``exit_code`` is of the newest end, negative for a signal, ``None`` if it never ended. ``was_lost`` says that this
    end was no doing of the program: what kept it was killed, or the machine. ``started_at`` is a Unix time in seconds.
    """

    condition: Condition
    starts: int = 0
    exit_code: int | None = None
    started_at: float | None = None
    was_lost: bool = False


@dataclass(frozen=True)
class Usage:
    """What all processes of an instance use together.

    ``memory_bytes`` is memory of its own: the pages of files that it maps, such as libraries, are not in it, because
    others share them and the machine takes them back when it needs room. ``cpu_s`` are processor seconds since it was
    last started; they begin at 0 again with each start.
    """

    memory_bytes: int
    cpu_s: float


class EngineUnavailable(Exception):
    """The engine did not answer; the call can be repeated later."""


class Engine(Protocol):
    def start(self, spec: InstanceSpec) -> str:
        """Ask for a running instance; returns its endpoint ("127.0.0.1:20001"). A second call changes nothing.

        One that was stopped, or lost with its machine, starts again, at the same endpoint if that is still free.
        """

    def stop(self, instance_id: str, grace_s: float) -> None:
        """SIGTERM, after ``grace_s`` SIGKILL. Returns at once; poll until ABSENT. A second call can only shorten it."""

    def poll(self, instance_ids: Collection[str]) -> Mapping[str, Status]:
        """The status of each, ABSENT for those unknown."""

    def usage(self, instance_ids: Collection[str]) -> Mapping[str, Usage]:
        """What each uses now; those that do not run are left out. It may be asked from a thread of its own."""

    def instances(self) -> Collection[str]:
        """Every instance the engine still knows, wanted or not."""

    def discard(self, instance_id: str) -> None:
        """Kill what is left of an instance and forget it with its files; its log stays."""
