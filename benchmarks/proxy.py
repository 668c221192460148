"""How much of an app's throughput is left behind the proxy: the same load straight to it and through Envoy, in turns.

python -m benchmarks.proxy [--seconds 3] [--rounds 3] [--connections 32] [--json FILE]
"""

import argparse
import asyncio
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from deployments.routing.envoy_command import command
from deployments.routing.publish import ProxyUnavailable, Publisher
from deployments.routing.routes import Route, Routes, Upstream
from deployments.routing.settings import ProxySettings

HOST = "bench.apps.localhost"
START_TIMEOUT_S = 10
ANSWER = b"hello from the app\n" * 50


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """The smallest ASGI app: what a proxy costs shows most where the app costs least."""
    headers = [(b"content-type", b"text/plain"), (b"content-length", str(len(ANSWER)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": ANSWER})


@dataclass(frozen=True)
class Measured:
    requests_per_s: float
    p50_ms: float
    p99_ms: float
    errors: int


def main(arguments: Sequence[str] | None = None) -> None:
    options = _parse(arguments)
    with running_app() as app_port, running_proxy(app_port) as proxy_port:
        results = measure_in_turns({"straight": app_port, "proxy": proxy_port}, options)
    print(table(results, options))
    if options.json:
        options.json.write_text(json.dumps(as_json(results, options), indent=1) + "\n")


def measure_in_turns(ports: dict[str, int], options: argparse.Namespace) -> dict[str, Measured]:
    """Rounds alternate, so that a busy moment of the machine meets both; the median round counts."""
    rounds: dict[str, list[Measured]] = {name: [] for name in ports}
    for _ in range(options.rounds):
        for name, port in ports.items():
            rounds[name].append(load(port, options))
    return {
        name: sorted(measured, key=lambda one: one.requests_per_s)[len(measured) // 2]
        for name, measured in rounds.items()
    }


def load(port: int, options: argparse.Namespace) -> Measured:
    return with_wrk(port, options) if options.wrk else asyncio.run(with_asyncio(port, options))


#: wrk counts its duration and latencies in microseconds.
WRK_REPORT = """
function done(summary, latency, requests)
  local e = summary.errors
  local errors = e.connect + e.read + e.write + e.status + e.timeout
  local rate = summary.requests / summary.duration * 1e6
  local p50, p99 = latency:percentile(50) / 1e3, latency:percentile(99) / 1e3
  io.write(string.format("RESULT %f %f %f %d", rate, p50, p99, errors))
end
"""


def with_wrk(port: int, options: argparse.Namespace) -> Measured:
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(WRK_REPORT)
        script.flush()
        load = ["-t1", f"-c{options.connections}", f"-d{options.seconds}s"]
        argv = [options.wrk, *load, "-H", f"Host: {HOST}", "-s", script.name, f"http://127.0.0.1:{port}/"]
        output = subprocess.run(argv, check=True, capture_output=True, text=True).stdout
    rate, p50, p99, errors = output.rsplit("RESULT ", 1)[1].split()
    return Measured(float(rate), float(p50), float(p99), int(errors))


async def with_asyncio(port: int, options: argparse.Namespace) -> Measured:
    """Keep-alive connections that each ask again as soon as they are answered."""
    latencies: list[float] = []
    failures: list[int] = []
    started_at = time.perf_counter()
    deadline = started_at + options.seconds
    await asyncio.gather(*(_visitor(port, deadline, latencies, failures) for _ in range(options.connections)))
    elapsed_s = time.perf_counter() - started_at
    percentiles = statistics.quantiles(latencies, n=100)
    return Measured(len(latencies) / elapsed_s, percentiles[49] * 1000, percentiles[98] * 1000, len(failures))


async def _visitor(port: int, deadline: float, latencies: list[float], failures: list[int]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    request = f"GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()
    while (asked_at := time.perf_counter()) < deadline:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0]))
        latencies.append(time.perf_counter() - asked_at)
        if b" 200 " not in head[:16]:
            failures.append(1)
    writer.close()


def table(results: dict[str, Measured], options: argparse.Namespace) -> str:
    lines = [
        f"{options.rounds} rounds of {options.seconds} s in turns, {options.connections} keep-alive connections, "
        f"{os.cpu_count()} cores, load from {load_generator(options)}; median round:",
        f"{'':10}{'requests/s':>12}{'p50 ms':>9}{'p99 ms':>9}{'errors':>8}",
    ]
    for name, one in results.items():
        lines.append(f"{name:10}{one.requests_per_s:12.0f}{one.p50_ms:9.2f}{one.p99_ms:9.2f}{one.errors:8}")
    ratio = as_json(results, options)["ratio"]
    lines.append(f"{'ratio':10}{ratio['requests_per_s']:12.2f}{ratio['p50_ms']:9.2f}{ratio['p99_ms']:9.2f}")
    return "\n".join(lines)


def as_json(results: dict[str, Measured], options: argparse.Namespace) -> dict[str, Any]:
    straight, proxied = asdict(results["straight"]), asdict(results["proxy"])
    ratio = {name: proxied[name] / straight[name] for name in ("requests_per_s", "p50_ms", "p99_ms")}
    return {"straight": straight, "proxy": proxied, "ratio": ratio, "load": load_generator(options)}


def load_generator(options: argparse.Namespace) -> str:
    return "wrk" if options.wrk else "asyncio in Python (shares the cores; install wrk for sharper numbers)"


@contextmanager
def running_app() -> Iterator[int]:
    port = free_port()
    argv = [sys.executable, "-m", "uvicorn", "benchmarks.proxy:app", "--port", str(port), "--no-access-log"]
    with child([*argv, "--log-level", "warning", "--lifespan", "off"]):
        wait_until(lambda: can_connect(port))
        yield port


@contextmanager
def running_proxy(app_port: int) -> Iterator[int]:
    with tempfile.TemporaryDirectory(prefix="slipway-") as folder:
        settings = ProxySettings(
            folder=Path(folder) / "proxy",
            platform_socket=Path(folder) / "web.sock",
            admin_socket=Path(folder) / "admin.sock",
            apps_domain="apps.localhost",
            port=free_port(),
        )
        publisher = Publisher(settings)
        publisher.write_initial()
        with child(command(settings)):
            wait_until(lambda: is_listening(publisher))
            publisher.publish(Routes((Upstream("bench-1", (f"127.0.0.1:{app_port}",)),), (Route(HOST, "bench-1"),)))
            yield settings.port


@contextmanager
def child(argv: Sequence[str]) -> Iterator[None]:
    process = subprocess.Popen(argv)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def is_listening(publisher: Publisher) -> bool:
    try:
        return publisher.is_listening()
    except ProxyUnavailable:
        return False


def can_connect(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def wait_until(is_true: Any) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while not is_true():
        if time.monotonic() > deadline:
            raise SystemExit(f"What is measured did not start within {START_TIMEOUT_S} s.")
        time.sleep(0.02)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--json", type=Path, help="also write the numbers to this file")
    parser.add_argument("--wrk", default=shutil.which("wrk"), help="the wrk program, if it is not on the PATH")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
