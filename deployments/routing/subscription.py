"""A file that Envoy watches: put a document there and wait until Envoy goes by it."""

import re
import time
from dataclasses import dataclass
from pathlib import Path

from deployments.routing import documents
from deployments.routing.documents import Json
from deployments.routing.envoy_admin import EnvoyAdmin, ProxyUnavailable
from deployments.routing.envoy_log import last_refusal

#: Envoy takes up a file in 10 ms at most; its restart by a supervisor needs 2 s.
CONFIRM_TIMEOUT_S = 5.0
#: The first look comes after the median of Envoy's reaction; later ones are further apart, up to the second number.
POLL_S = (0.003, 0.05)


class PublishRejected(Exception):
    """Envoy refused a file, and the former one is back in its place; the text gives Envoy's reason, for operators."""


@dataclass(frozen=True)
class Progress:
    """What Envoy says of one file: the version it goes by, and how often it accepted or refused one since its start."""

    version: str
    accepted: int
    refused: int


@dataclass(frozen=True)
class Subscription:
    """``counted_as`` is the prefix of Envoy's statistics about ``file``, "cluster_manager.cds" for instance."""

    file: Path
    counted_as: str
    log_file: Path | None = None

    def put(self, content: Json, admin: EnvoyAdmin) -> None:
        """Write ``content`` unless it is there, and return when Envoy goes by it.

        Raises ``PublishRejected``, and ``ProxyUnavailable`` (with nothing written if Envoy was away from the start).
        """
        before = self.progress(admin)
        previous = documents.read(self.file)
        if previous != content:
            documents.write(self.file, content)
            self._wait(content["version_info"], admin, before, previous)
        elif before.version != content["version_info"]:
            self._wait(content["version_info"], admin, None, None)

    def progress(self, admin: EnvoyAdmin) -> Progress:
        prefix = self.counted_as
        found = admin.statistics(rf"{re.escape(prefix)}\.(?:version_text|update_(?:success|failure|rejected))")
        return Progress(
            version=str(found.get(f"{prefix}.version_text", "")),
            accepted=int(found.get(f"{prefix}.update_success", 0)),
            refused=int(found.get(f"{prefix}.update_failure", 0)) + int(found.get(f"{prefix}.update_rejected", 0)),
        )

    def _wait(self, version: str, admin: EnvoyAdmin, before: Progress | None, previous: Json | None) -> None:
        deadline, pause_s = time.monotonic() + CONFIRM_TIMEOUT_S, POLL_S[0]
        while time.monotonic() < deadline:
            time.sleep(pause_s)
            pause_s = min(2 * pause_s, POLL_S[1])
            try:
                now = self.progress(admin)
            except ProxyUnavailable:
                continue  # Envoy may be restarting, and starts with the file that is there.
            # The version alone does not tell: on the way back to a version that Envoy still shows it proves nothing.
            if now.version == version and (before is None or now.accepted != before.accepted):
                return
            if before is not None and now.refused > before.refused:
                self._restore(previous)
        raise ProxyUnavailable(f"The proxy did not take up {self.file.name} within {CONFIRM_TIMEOUT_S:g} s.")

    def _restore(self, previous: Json | None) -> None:
        # Envoy still goes by the former file, but would not after a restart; and of a refused list of clusters it has
        # already taken up the good ones and removed the missing.
        if previous is not None:
            documents.write(self.file, previous)
        raise PublishRejected(f"The proxy refused {self.file.name} and keeps the former: {last_refusal(self.log_file)}")
