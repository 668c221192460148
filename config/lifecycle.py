"""Bringing the platform up and down, as one story each."""

import fcntl
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
from django.conf import settings
from django.core.management import call_command

from config import processes, secret_keys
from config.home import UnusableHome
from config.supervisor import PlatformSupervisor
from deployments import sandbox
from deployments.pipeline import external_checks, platform
from deployments.routing.publish import Publisher
from packagerepos.operations import rules

HEALTH_TIMEOUT_S = 60.0
#: Last first: whoever starts things stops before the things themselves, the database when nobody needs it any more.
STOP_ORDER = ("controller", "worker", "proxy", "web", "logger", "postgres")

Say = Callable[[str], None]


class CannotStart(Exception):
    """The platform cannot run here; the text says what is in the way and what helps."""


def supervisor() -> PlatformSupervisor:
    return PlatformSupervisor(settings.PLATFORM_SUPERVISOR_SOCKET, settings.HOME.logs / "platform")


def up(say: Say) -> None:
    """Everything running and /healthz answering 200; what runs already is left alone.

    Raises ``CannotStart``, and ``BadKeys`` when secrets would stay closed.
    """
    try:
        settings.HOME.create(passable=_is_bare_root())
    except UnusableHome as error:
        raise CannotStart(str(error)) from error
    with _alone():
        _check_machine(say)
        platform_supervisor = supervisor()
        if not platform_supervisor.is_running():
            _check_port()
            _boot(platform_supervisor, say)
        _check_external(say)
        secret_keys.provide()
        for process in processes.all_processes()[_already_up() :]:
            platform_supervisor.start(process.name)
        say("Waiting until a deployment can be accepted")
        _wait_healthy()


def down(say: Say) -> None:
    """Everything stopped, apps too; the next ``up`` brings back every app that is wanted running."""
    platform_supervisor = supervisor()
    if platform_supervisor.is_running():
        for name in STOP_ORDER[:3]:
            platform_supervisor.stop(name)
    say("Stopping the apps")
    # What runs is stopped the same way, sandboxed or not, also where no sandbox can be made any more.
    platform.engine(sandboxed=True).shutdown()
    say("Stopping the platform")
    if platform_supervisor.is_running():
        for name in STOP_ORDER[3:]:
            platform_supervisor.stop(name)
        platform_supervisor.shutdown()
    secret_keys.forget()


def _boot(platform_supervisor: PlatformSupervisor, say: Say) -> None:
    if not settings.DATABASE_URL:
        say("Preparing PostgreSQL")
        processes.postgres().create()
    Publisher(platform.proxy_settings()).write_initial()
    text = processes.supervisord_text(
        processes.all_processes(), socket=settings.PLATFORM_SUPERVISOR_SOCKET, folder=settings.HOME.logs / "platform"
    )
    platform_supervisor.boot(sys.executable, text)
    if not settings.DATABASE_URL:
        platform_supervisor.start("postgres")
        processes.postgres().wait()
    say("Migrating the database")
    call_command("migrate", interactive=False, verbosity=0)


def _already_up() -> int:
    """How many of the processes ``_boot`` has started: only the database, when it is ours."""
    return 0 if settings.DATABASE_URL else 1


@contextmanager
def _alone() -> Iterator[None]:
    """Two ``up`` at once: the second waits, and finds everything running."""
    with (settings.HOME.run / "up.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _check_machine(say: Say) -> None:
    try:
        sandbox.check()
    except sandbox.Unavailable as reason:
        if not settings.ALLOW_UNSANDBOXED:
            raise CannotStart(f"Apps would run without a sandbox: {reason}") from reason
        say(f"WARNING: apps run WITHOUT a sandbox (SLIPWAY_ALLOW_UNSANDBOXED=1): {reason}")


def _check_external(say: Say) -> None:
    """Every interpreter has what the site declares external, or builds with it would fail one by one."""
    lacking = external_checks.lacking(rules.site_externals())
    if not lacking:
        return
    what = f"External packages of the site are missing: {' '.join(lacking)}"
    if settings.EXTERNALS_CHECK_IS_FATAL:
        raise CannotStart(
            f"{what} Install them there, or start with SLIPWAY_EXTERNALS_CHECK_IS_FATAL=0, which only warns, "
            "and take them off the list in the administration."
        )
    say(f"WARNING: {what}")


def _is_bare_root() -> bool:
    """Without a sandbox, apps with uids of their own reach their files through the platform's folders."""
    return platform.is_root() and settings.ALLOW_UNSANDBOXED and not sandbox.is_available()


def _check_port() -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.BIND_ADDRESS, settings.PORT))
        except OSError as error:
            raise CannotStart(
                f"Port {settings.PORT} of {settings.BIND_ADDRESS} cannot be used ({error.strerror}). "
                "Stop what uses it, or choose another with SLIPWAY_PORT."
            ) from error


def _wait_healthy() -> None:
    deadline = time.monotonic() + HEALTH_TIMEOUT_S
    last = "no answer yet"
    while time.monotonic() < deadline:
        try:
            answer = httpx.get(f"http://{loopback()}/healthz", headers={"Host": "localhost"}, timeout=5)
            if answer.status_code == 200:
                return
            last = answer.text[:200]
        except httpx.HTTPError as error:
            last = str(error)
        time.sleep(0.1)
    raise CannotStart(
        f"The platform was not ready within {HEALTH_TIMEOUT_S:g} s ({last}). "
        f"The reason is in {settings.HOME.logs / 'platform'}."
    )


def loopback() -> str:
    """Where this machine reaches the proxy itself."""
    address = "127.0.0.1" if settings.BIND_ADDRESS in {"0.0.0.0", "::"} else settings.BIND_ADDRESS  # noqa: S104
    return f"{address}:{settings.PORT}"
