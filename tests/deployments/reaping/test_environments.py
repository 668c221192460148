from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Thread
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.db import connection, transaction

from deployments.models import Environment, Instance, InstanceState, State
from deployments.operations import environments as rows
from deployments.reaping import environments, needs
from deployments.reaping import round as reaping
from deployments.venvs.store.environments import Store
from tests.world import World

Make = Callable[..., Any]


def condemned(now: datetime) -> set[str]:
    return set(needs.unneeded_environments(now).values_list("key", flat=True))


class TestNeeds:
    def test_spare_what_was_used_of_late(self, made: Make, now: datetime) -> None:
        old, recent = made(), made(last_used_at=now)

        assert condemned(now) == {old.key}
        assert recent.key not in condemned(now)

    @pytest.mark.parametrize("state", [State.BUILDING, State.STARTING, State.READY, State.ACTIVE, State.DRAINING])
    def test_spare_what_is_under_way_or_serves(
        self, world: World, made: Make, deployed: Make, now: datetime, settings: LazySettings, state: State
    ) -> None:
        settings.KEPT_DEPLOYMENTS = 1
        app, environment = world.app(), made()
        deployed(app, state, environment)
        deployed(app, State.RETIRED, made())

        assert environment.key not in condemned(now)

    def test_spare_the_last_of_each_app_and_no_more(
        self, world: World, made: Make, deployed: Make, now: datetime, settings: LazySettings
    ) -> None:
        settings.KEPT_DEPLOYMENTS = 2
        app = world.app()
        kept = [made() for _ in range(3)]
        for environment in kept:
            deployed(app, State.RETIRED, environment)
        failed = made()
        deployed(app, State.FAILED, failed)

        assert condemned(now) == {kept[0].key, failed.key}

    def test_spare_what_a_waiting_rollback_will_ask_for(
        self, world: World, made: Make, deployed: Make, now: datetime, settings: LazySettings
    ) -> None:
        settings.KEPT_DEPLOYMENTS = 1
        app, environment = world.app(), made()
        old = deployed(app, State.RETIRED, environment)
        deployed(app, State.RETIRED, made())
        deployed(app, State.QUEUED, None, activates=old)

        assert environment.key not in condemned(now)

    @pytest.mark.parametrize("fields", [{}, {"cleared": True}])
    def test_spare_what_something_runs_in_whatever_else(
        self, world: World, made: Make, deployed: Make, now: datetime, fields: dict[str, bool]
    ) -> None:
        environment = made(cleared_at=now if fields else None)
        failed = deployed(world.app(), State.FAILED, None)
        Instance.objects.create(
            workspace=failed.workspace, deployment=failed, state=InstanceState.DRAINING, environment=environment
        )

        assert condemned(now) == set()

    def test_let_what_was_cleared_go_though_a_stopped_app_has_it(
        self, world: World, made: Make, deployed: Make, now: datetime
    ) -> None:
        environment = made(cleared_at=now, last_used_at=now)
        deployed(world.app(), State.ACTIVE, environment)

        assert condemned(now) == {environment.key}

    def test_let_go_what_a_failed_build_left(self, world: World, made: Make, deployed: Make, now: datetime) -> None:
        environment = made(built_at=None, last_used_at=now)
        deployed(world.app(), State.FAILED, environment)

        assert condemned(now) == {environment.key}


class TestReap:
    def test_marks_waits_and_removes(self, made: Make, store: Store, now: datetime) -> None:
        environment = made()

        first = reaping.reap(now)
        second = reaping.reap(now + timedelta(seconds=30))
        third = reaping.reap(now + timedelta(seconds=61))

        assert [[row.key for row in gone] for gone in (first, second, third)] == [[], [], [environment.key]]
        assert not store.path(environment.key).exists()
        assert not Environment.objects.exists()

    def test_lets_go_of_what_is_wanted_again(
        self, world: World, made: Make, deployed: Make, store: Store, now: datetime
    ) -> None:
        environment = made()
        environments.mark(now)

        waiting = deployed(world.app(), State.BUILDING, None)
        rows.claim(waiting, None, fingerprint=environment.fingerprint, python_version="3.11.9")
        reaping.reap(now + timedelta(seconds=61))

        environment.refresh_from_db()
        assert environment.marked_at is None
        assert store.is_ready(environment.key)

    def test_removes_what_lies_on_the_disk_without_a_row(self, made: Make, store: Store, now: datetime) -> None:
        environment = made()
        environment.delete()

        for later in (0, 61):
            reaping.reap(now + timedelta(seconds=later))

        assert not store.path(environment.key).exists()

    def test_leaves_what_somebody_works_in(self, made: Make, store: Store, now: datetime) -> None:
        environment = made(marked_at=now - timedelta(hours=1))

        with store._alone(environment.key, None):
            gone = reaping.reap(now)

        assert list(gone) == []
        assert store.is_ready(environment.key)

    def test_lets_nothing_new_use_what_is_damaged(self, made: Make, store: Store, now: datetime) -> None:
        environment = made(last_used_at=now)
        next(store.path(environment.key).glob("lib/*/site-packages/hello.py")).write_text("")

        reaping.reap(now)

        environment.refresh_from_db()
        assert environment.cleared_because == "found damaged on the disk"


@pytest.mark.django_db(transaction=True)
class TestRace:
    """Two connections, as a worker and the reaper have."""

    def test_a_build_that_claims_first_keeps_it(
        self, world: World, made: Make, deployed: Make, store: Store, now: datetime
    ) -> None:
        environment = made(marked_at=now - timedelta(hours=1))
        waiting = deployed(world.app(), State.BUILDING, None)
        removed: list[bool] = []

        with transaction.atomic():
            rows.claim(waiting, None, fingerprint=environment.fingerprint, python_version="3.11.9")
            reaper = Thread(target=in_thread, args=(lambda: removed.append(environments._remove(environment, now)),))
            reaper.start()
            reaper.join(10)

        assert removed == [False]
        assert store.is_ready(environment.key)

    def test_a_build_that_claims_second_gets_one_of_its_own(
        self, world: World, made: Make, deployed: Make, store: Store, now: datetime
    ) -> None:
        environment = made(marked_at=now - timedelta(hours=1))
        waiting = deployed(world.app(), State.BUILDING, None)
        claimed: list[Environment] = []

        def claim() -> None:
            claimed.append(
                rows.claim(waiting, None, fingerprint=environment.fingerprint, python_version="3.11.9")
            )  # fmt: skip

        with transaction.atomic():
            assert environments._remove(environment, now)
            builder = Thread(target=in_thread, args=(claim,))
            builder.start()
            builder.join(0.5)
            was_waiting = builder.is_alive()
        builder.join(10)

        assert was_waiting
        assert claimed[0].built_at is None
        assert not store.is_ready(claimed[0].key)


class TestCommand:
    def test_only_says_what_would_go(
        self, made: Make, store: Store, capsys: pytest.CaptureFixture[str]
    ) -> None:  # fmt: skip
        environment = made()

        call_command("reap_environments", "--dry-run")

        said = capsys.readouterr().out
        assert environment.key in said
        assert "1 environment would go, " in said
        assert " 0 bytes at once" not in said
        assert store.is_ready(environment.key)

    def test_removes_at_once(self, made: Make, store: Store, capsys: pytest.CaptureFixture[str]) -> None:
        environment = made()

        call_command("reap_environments")

        assert "1 environment went, " in capsys.readouterr().out
        assert not store.path(environment.key).exists()


def in_thread(work: Callable[[], object]) -> None:
    try:
        work()
    finally:
        connection.close()
