"""The command lines of the servers that call ASGI and WSGI objects."""

from collections.abc import Mapping

from deployments.launchers.environment import GRACEFUL_STOP_S, LISTEN_HOST
from deployments.launchers.modules import Module, Source

#: The proxy keeps connections for the next visitor; a server that closes them first makes it try twice.
KEEP_ALIVE_S = 75
#: Requests a WSGI app answers at once. A waiting thread costs little; the app's ``WEB_CONCURRENCY`` adds processes.
THREADS = 16
#: By variable, not by option: uvicorn older than 0.22 refuses the option and ignores the variable.
UVICORN_ENV: Mapping[str, str] = {"UVICORN_TIMEOUT_KEEP_ALIVE": str(KEEP_ALIVE_S)}


def uvicorn(module: Module, attribute: str, *, factory: bool = False) -> tuple[str, ...]:
    """Serve an ASGI object: ``uvicorn main:app --host 127.0.0.1 --port $PORT …``."""
    return (
        "uvicorn", f"{module.name}:{attribute}",
        *(("--factory",) if factory else ()),
        *(("--app-dir", module.root) if module.root else ()),
        "--host", LISTEN_HOST, "--port", "$PORT",
        "--proxy-headers", "--forwarded-allow-ips", LISTEN_HOST,
    )  # fmt: skip


def gunicorn(module_name: str, attribute: str, *, root: str = "") -> tuple[str, ...]:
    """Serve a WSGI object with threads: ``gunicorn app:server --bind 127.0.0.1:$PORT …``; ``attribute`` may be a call.

    Heartbeats go to memory: on a disk they can stall, and gunicorn then kills a worker that is well.
    """
    return (
        "gunicorn", f"{module_name}:{attribute}",
        *(("--chdir", root) if root else ()),
        "--bind", f"{LISTEN_HOST}:$PORT",
        "--threads", str(THREADS), "--worker-tmp-dir", "/dev/shm",  # noqa: S108
        "--graceful-timeout", str(GRACEFUL_STOP_S), "--keep-alive", str(KEEP_ALIVE_S),
        "--forwarded-allow-ips", LISTEN_HOST, "--access-logfile", "-",
    )  # fmt: skip


def uvicorn_requirements(source: Source) -> tuple[str, ...]:
    """uvicorn, and what it needs for WebSockets where any file speaks of them: alone it refuses those."""
    speaks = any(word in text for text in _texts(source) for word in (b"websocket", b"socketio"))
    return ("uvicorn", "websockets") if speaks else ("uvicorn",)


def _texts(source: Source) -> list[bytes]:
    return [(source.read(path) or b"").lower() for path in source.python_files()]
