"""The platform's own processes, as data, and as the text that supervisord reads."""

import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from config.postgres import Postgres
from deployments.pipeline import platform
from deployments.routing import envoy_command

#: supervisord gives up after three quick deaths by default; nobody would start a platform's part again.
STARTRETRIES = 1_000_000
LOG_BYTES = 5 * 1024 * 1024


@dataclass(frozen=True)
class Process:
    """``stop_wait_s`` after ``stop_signal`` the whole process group is killed."""

    name: str
    argv: tuple[str, ...]
    stop_signal: str = "TERM"
    stop_wait_s: int = 10
    #: What it gets when its supervisord was killed, if that is not how it is stopped.
    orphaned_signal: str | None = None


def postgres() -> Postgres:
    return Postgres(settings.HOME.postgres, settings.POSTGRES_SOCKETS)


def all_processes() -> tuple[Process, ...]:
    """In the order in which they are started; they are stopped the other way round."""
    own_database = () if settings.DATABASE_URL else (Process("postgres", tuple(postgres().command()), "INT", 20),)
    return (*own_database, _web(), _worker(), _logger(), _controller(), _proxy())


def _manage(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments)


def _web() -> Process:
    argv = [
        sys.executable, "-m", "uvicorn", "config.asgi:application", "--app-dir", str(settings.BASE_DIR),
        "--uds", str(settings.WEB_SOCKET), "--lifespan", "off", "--no-access-log", "--no-server-header",
        # Only the proxy can open the socket, so what it says of the caller can be believed.
        "--proxy-headers", "--forwarded-allow-ips", "*",
        "--timeout-graceful-shutdown", "5",
    ]  # fmt: skip
    # It removes its socket when it ends. Were it given time for that, it would be the socket of its successor.
    return Process("web", tuple(argv), orphaned_signal="KILL")


def _worker() -> Process:
    # A build in the middle is taken over by the next worker: nothing is gained by waiting for it.
    return Process("worker", _manage("worker"), stop_wait_s=5)


def _controller() -> Process:
    return Process("controller", _manage("reconcile"))


def _logger() -> Process:
    argv = [
        sys.executable, "-m", "deployments.engines.local.logger",
        "--instances", str(settings.HOME.instances), "--run", str(settings.HOME.run),
        "--keys", str(settings.SECRET_KEYS_FILE),
    ]  # fmt: skip
    return Process("logger", tuple(argv))


def _proxy() -> Process:
    return Process("proxy", tuple(envoy_command.command(platform.proxy_settings())))


def supervisord_text(processes: Sequence[Process], *, socket: Path, folder: Path) -> str:
    """The configuration of the platform's supervisord. Nothing starts by itself: ``up`` starts each in its turn."""
    head = f"""\
[supervisord]
nodaemon = true
logfile = {_quoted(folder / "supervisord.log")}
logfile_maxbytes = {LOG_BYTES}
logfile_backups = 1
pidfile = {_quoted(folder / "supervisord.pid")}
identifier = slipway

[unix_http_server]
file = {_quoted(socket)}
chmod = 0600

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
"""
    return "\n".join([head, *(_program(process, folder) for process in processes)])


def _program(process: Process, folder: Path) -> str:
    # A killed supervisord must not leave a second set of everything behind.
    argv = ["setpriv", "--pdeathsig", process.orphaned_signal or process.stop_signal, "--", *process.argv]
    return f"""\
[program:{process.name}]
command = {_quoted(shlex.join(argv))}
directory = {_quoted(settings.BASE_DIR)}
autostart = false
autorestart = true
startsecs = 1
startretries = {STARTRETRIES}
stopsignal = {process.stop_signal}
stopwaitsecs = {process.stop_wait_s}
umask = 022
killasgroup = true
redirect_stderr = true
stdout_logfile = {_quoted(folder / f"{process.name}.log")}
stdout_logfile_maxbytes = {LOG_BYTES}
stdout_logfile_backups = 2
"""


def _quoted(text: object) -> str:
    """supervisord expands % in every value."""
    return str(text).replace("%", "%%")
