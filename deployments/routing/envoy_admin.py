"""Ask a running Envoy for its statistics, over its admin socket."""

import http.client
import json
import socket
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

ANSWER_TIMEOUT_S = 2.0

Value = int | str
#: Upper end and number of values of each class, since Envoy started.
Buckets = list[tuple[float, int]]


class ProxyUnavailable(Exception):
    """The proxy did not answer or did not confirm in time; the call can be repeated."""


class EnvoyAdmin:
    """Envoy's admin interface on a unix socket; a connection for each question, so that a restart goes unnoticed."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def statistics(self, pattern: str) -> Mapping[str, Value]:
        """The statistics whose whole name matches the regular expression (RE2). Raises ``ProxyUnavailable``."""
        body = self._get(f"/stats?format=json&filter={quote(f'^(?:{pattern})$', safe='')}")
        return {entry["name"]: entry["value"] for entry in json.loads(body)["stats"] if "name" in entry}

    def used_statistics(self, pattern: str) -> tuple[Mapping[str, Value], Mapping[str, Buckets]]:
        """The same without those that nothing was ever counted in, and beside them the histograms."""
        target = f"/stats?format=json&usedonly&histogram_buckets=disjoint&filter={quote(f'^(?:{pattern})$', safe='')}"
        entries = json.loads(self._get(target))["stats"]
        histograms = [found for entry in entries for found in entry.get("histograms", ())]
        return (
            {entry["name"]: entry["value"] for entry in entries if "name" in entry},
            {found["name"]: _buckets(found["buckets"]) for found in histograms},
        )

    def _get(self, target: str) -> bytes:
        connection = _UnixConnection(self._path)
        try:
            connection.request("GET", target)
            answer = connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise ProxyUnavailable(
                f"The proxy does not answer on its admin socket ({error or type(error).__name__})."
            ) from error
        finally:
            connection.close()
        if answer.status != http.HTTPStatus.OK:
            raise ProxyUnavailable(f"The proxy's admin socket answered {answer.status} to {target}.")
        return body


def _buckets(listed: list[dict[str, float]]) -> Buckets:
    return [(bucket["upper_bound"], int(bucket["cumulative"])) for bucket in listed]


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=ANSWER_TIMEOUT_S)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))
