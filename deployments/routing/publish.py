"""Publish routes to a running Envoy, so that no request ever meets a route without its cluster."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from deployments.routing import documents, ports
from deployments.routing.documents import Json
from deployments.routing.envoy_admin import EnvoyAdmin, ProxyUnavailable
from deployments.routing.envoy_command import bootstrap_file
from deployments.routing.envoy_config import STAT_PREFIX, bootstrap, lds
from deployments.routing.envoy_routes import ROUTE_TABLE, BadRoutes, cds, clusters_led_to, rds
from deployments.routing.routes import Routes
from deployments.routing.settings import ProxySettings
from deployments.routing.subscription import PublishRejected, Subscription

__all__ = ["BadRoutes", "NotListening", "ProxyUnavailable", "PublishRejected", "Publisher", "UpstreamStatistics"]


class NotListening(ProxyUnavailable):
    """Envoy runs but could not take its port; the text says why and what helps. It does not try again by itself."""


@dataclass(frozen=True)
class UpstreamStatistics:
    """Counted since Envoy started or first heard of the upstream; an open WebSocket is an active request."""

    requests: int = 0
    server_errors: int = 0
    active: int = 0


class Publisher:
    """The one writer of the proxy's files; two at a time would undo each other's steps."""

    def __init__(self, settings: ProxySettings) -> None:
        self._settings = settings
        self._admin = EnvoyAdmin(settings.admin_socket)
        self._cds = self._subscription("cds", "cluster_manager.cds")
        self._rds = self._subscription("rds", f"http.{STAT_PREFIX}.rds.{ROUTE_TABLE}")
        self._lds = self._subscription("lds", "listener_manager.lds")

    def write_initial(self) -> None:
        """Write every file Envoy needs to start; safe to repeat while it runs.

        Without a running Envoy the app routes start empty, because since the last stop a port may have gone to another
        app: visitors see the platform's page until the next ``publish``. An Envoy that only crashed starts again
        from its files and keeps its routes.
        """
        keeps_routes = self._is_running()
        for subscription in (self._cds, self._rds, self._lds):
            _make_private(subscription.file.parent)
        for subscription, content in (
            (self._cds, cds(self._settings, ())),
            (self._rds, rds(self._settings, Routes())),
        ):
            if not keeps_routes or documents.read(subscription.file) is None:
                documents.write(subscription.file, content)
        if documents.read(self._lds.file) != lds(self._settings):
            documents.write(self._lds.file, lds(self._settings))
        documents.write(bootstrap_file(self._settings), bootstrap(self._settings))

    def publish(self, routes: Routes) -> None:
        """Make Envoy follow ``routes``; returns when it does. Unchanged routes write nothing.

        Clusters first, then the routes to them, then away with clusters no longer listed. Each step may be the last one
        of a killed process: the next call goes on from what the files say.

        Raises ``BadRoutes`` and ``PublishRejected`` (the former routes still hold), and ``ProxyUnavailable``.
        """
        clusters, table = cds(self._settings, routes.upstreams), rds(self._settings, routes)
        self._cds.put(documents.union(self._clusters_in_use(), clusters), self._admin)
        self._rds.put(table, self._admin)
        self._cds.put(clusters, self._admin)

    def is_listening(self) -> bool:
        """Whether visitors can connect; ``False`` while Envoy starts. Raises ``NotListening``, ``ProxyUnavailable``."""
        active = "listener_manager.total_listeners_active"
        if self._admin.statistics(re.escape(active)).get(active):
            return True
        if self._lds.progress(self._admin).refused:
            reason = ports.why_unavailable(self._settings.bind_address, self._settings.port)
            raise NotListening(reason or f"Port {self._settings.port} was in use but is free now. Restart the proxy.")
        return False

    def active_requests(self, upstream: str) -> int:
        """Requests, streams and WebSockets in flight to ``upstream``; 0 for one Envoy does not know."""
        return self.statistics([upstream])[upstream].active

    def statistics(self, upstreams: Iterable[str]) -> Mapping[str, UpstreamStatistics]:
        """The counts of each upstream, zeros for those Envoy does not know. Raises ``ProxyUnavailable``."""
        names = list(upstreams)
        # Not a list of the names: 300 of them would make the address of the question too long.
        some = re.escape(names[0]) if len(names) == 1 else "[^.]+"
        found = self._admin.statistics(rf"cluster\.{some}\.upstream_rq_(?:total|5xx|active)")

        def count(name: str, statistic: str) -> int:
            return int(found.get(f"cluster.{name}.upstream_rq_{statistic}", 0))

        return {
            name: UpstreamStatistics(count(name, "total"), count(name, "5xx"), count(name, "active")) for name in names
        }

    def _clusters_in_use(self) -> Json:
        # Only those that routes lead to: the others may have been refused, when their writer was killed at that moment.
        present, table = documents.read(self._cds.file), documents.read(self._rds.file)
        used = clusters_led_to(table) if table else set()
        return documents.document(
            cluster for cluster in (present["resources"] if present else ()) if cluster["name"] in used
        )

    def _subscription(self, kind: str, counted_as: str) -> Subscription:
        return Subscription(self._settings.folder / kind / f"{kind}.json", counted_as, self._settings.log_file)

    def _is_running(self) -> bool:
        try:
            self._admin.statistics("server.live")
        except ProxyUnavailable:
            return False
        return True


def _make_private(folder: Path) -> None:
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
