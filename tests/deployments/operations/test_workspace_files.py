"""Two at once, each in a transaction and thread of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connections
from django.db.models import Sum
from django.utils import timezone

from deployments import layout
from deployments.models import FileUsage, WorkspaceFile
from deployments.operations import source_folders, workspace_files
from tests import world as people
from workspaces.errors import PlatformError

ROUNDS = 5


@pytest.fixture
def world(transactional_db: None) -> people.World:
    return people.create()


def at_once(*acts: Callable[[], Any]) -> int:
    """How many were refused."""
    barrier = Barrier(len(acts))

    def is_refused(act: Callable[[], Any]) -> bool:
        try:
            barrier.wait(10)
            act()
        except PlatformError:
            return True
        finally:
            connections.close_all()
        return False

    with ThreadPoolExecutor(len(acts)) as pool:
        return sum(pool.map(is_refused, acts))


def write(world: people.World, path: str, content: bytes = b"same") -> None:
    workspace_files.write(world.alice, path, [content], now=timezone.now(), overwrite=True)


def is_whole(world: people.World) -> bool:
    """Whether every row has its content, and the account is right."""
    rows = WorkspaceFile.objects.in_workspace(world.alice.workspace)
    contents = [layout.file_content(world.alice.workspace, row.digest) for row in rows if row.digest]
    usage = FileUsage.objects.get(workspace=world.alice.workspace)
    size_bytes = rows.aggregate(sum=Sum("size_bytes", default=0))["sum"]
    counted = (usage.entries, usage.size_bytes) == (rows.count(), size_bytes)
    return counted and all(path.is_file() for path in contents)


class TestAtOnce:
    def test_a_content_stays_that_comes_while_it_goes(self, world: people.World) -> None:
        for _ in range(ROUNDS):
            write(world, "/Shared/old")

            at_once(
                lambda: workspace_files.delete(world.alice, "/Shared/old"),
                lambda: write(world, "/Shared/new"),
            )

            assert is_whole(world)
            workspace_files.delete(world.alice, "/Shared/new")
            assert is_whole(world)

    def test_one_path_is_written_by_one_after_the_other(self, world: people.World) -> None:
        for number in range(ROUNDS):
            texts = [f"{number} {word}".encode() for word in ("one", "other", "third")]

            refused = at_once(*(lambda text=text: write(world, "/Shared/file", text) for text in texts))

            assert refused == 0
            assert is_whole(world)

    def test_a_folder_is_made_once(self, world: people.World) -> None:
        make = lambda: workspace_files.make_folder(world.alice, "/Shared/a/b", now=timezone.now())  # noqa: E731

        assert at_once(make, make, make) == 0
        assert is_whole(world)

    def test_a_deployment_takes_all_files_or_says_why_not(self, world: people.World) -> None:
        for _ in range(ROUNDS):
            workspace_files.make_folder(world.alice, "/Shared/app", now=timezone.now())
            write(world, "/Shared/app/main.py")

            at_once(
                lambda: source_folders.bundle(world.alice, "/Shared/app"),
                lambda: workspace_files.delete(world.alice, "/Shared/app", recursive=True),
            )

            assert is_whole(world)
