import logging
import signal
from typing import Any

import psycopg
from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import OperationalError, close_old_connections, connection
from django.utils import timezone

from deployments.controller.reconcile import Controller
from deployments.engines.base import EngineUnavailable
from deployments.metrics.sampler import Sampler
from deployments.pipeline import platform
from deployments.queue import CONTROLLER_CHANNEL
from deployments.routing.envoy_admin import EnvoyAdmin
from deployments.routing.publish import Publisher

log = logging.getLogger(__name__)

#: How soon the next round follows while something is on its way, and the longest sleep otherwise.
BUSY_S = 0.2
IDLE_S = 2.0
#: Any number will do, as long as nothing else uses it: PostgreSQL's advisory locks are known by number.
ADVISORY_LOCK = 7_538_001


class Command(BaseCommand):
    help = "The controller: compares what is desired with what is, for ever. Only one works at a time."

    def handle(self, *args: Any, **options: Any) -> None:
        self._is_stopping = False
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        engine = platform.engine()
        proxy = platform.proxy_settings()
        controller = Controller(engine, Publisher(proxy))
        sampler = Sampler(engine, EnvoyAdmin(proxy.admin_socket), every_s=settings.SAMPLE_EVERY_S)
        while not self._is_stopping:
            try:
                self._work(controller, sampler, engine.ensure_running)
            except (OperationalError, psycopg.OperationalError, EngineUnavailable) as error:
                log.warning("The controller pauses: %s", error)
                close_old_connections()
                self._pause(1.0)

    def _work(self, controller: Controller, sampler: Sampler, ensure_running: Any) -> None:
        """Rounds until the database goes away; the lock goes with the connection that holds it."""
        parameters = connection.get_connection_params()
        parameters.pop("cursor_factory", None)
        parameters.pop("context", None)
        with psycopg.connect(**parameters, autocommit=True) as bell:
            bell.execute("SELECT pg_advisory_lock(%s)", [ADVISORY_LOCK])
            bell.execute(f"LISTEN {CONTROLLER_CHANNEL}")
            while not self._is_stopping:
                ensure_running()
                is_busy = controller.tick()
                sampler.tick(timezone.now())
                # One notice is enough: a round looks at everything.
                list(bell.notifies(timeout=BUSY_S if is_busy else IDLE_S, stop_after=1))

    def _pause(self, seconds: float) -> None:
        signal.sigtimedwait([], seconds)

    def _stop(self, *_: Any) -> None:
        self._is_stopping = True
