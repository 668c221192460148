"""What would change, asked of a real index for an app that was really built."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.utils import timezone

from deployments import layout, tasks
from deployments.models import IndexPreview, State
from deployments.operations import deployments, index_previews
from packagerepos import index_settings
from packagerepos.operations import repositories
from packagerepos.operations.repositories import Wanted
from tests.private_index import PASSWORD, Authority, PrivateIndex
from workspaces.errors import Conflict, Forbidden, NotFound

# Leases are renewed from a thread with a connection of its own.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def old(tmp_path: Path, settings) -> Iterator[PrivateIndex]:
    settings.PIP_CONF = (tmp_path / "pip.conf",)
    with PrivateIndex(tmp_path / "old") as index:
        index.add("acme", needs=("acme-base",))
        index.add("acme_base", "1.0")
        settings.ALLOWED_INTERNAL = [index.place]
        yield index


@pytest.fixture
def new(tmp_path: Path, settings, old: PrivateIndex) -> Iterator[PrivateIndex]:
    with PrivateIndex(tmp_path / "new", authority=old.authority) as index:
        settings.ALLOWED_INTERNAL = [*settings.ALLOWED_INTERNAL, index.place]
        yield index


@pytest.fixture
def app(world, old, now):
    """An app whose active deployment was built from the old index."""
    repositories.save(world.alice, Wanted(index_url=old.address_with_login, certificates=old.authority.pem), now=now)
    app = world.app()
    deployment = deployments.request(world.alice, app, bundle=world.bundle())
    source = layout.source(deployment.bundle)
    source.mkdir(parents=True)
    (source / "requirements.txt").write_text("acme\n")
    (source / "app.py").write_text("print('hello')\n")
    (source / "app.yaml").write_text("command: [python, app.py]\n")
    tasks.build_next()
    deployment.refresh_from_db()
    assert deployment.state == State.STARTING, deployment.failure_message
    app.active_deployment = deployment
    app.save()
    return app


def asked(world, now, **wanted) -> IndexPreview:
    preview = index_previews.request(world.alice, Wanted(**wanted), now=now)
    tasks.preview_next()
    preview.refresh_from_db()
    return preview


class TestPreview:
    def test_names_the_packages_that_would_come_from_elsewhere(self, world, app, old, new, now):
        new.add("acme", "2.0", needs=("acme-base",))

        preview = asked(world, now, extra_index_urls=[new.address_with_login])

        (result,) = index_previews.results(preview)
        assert (result.app, result.failure) == (app, "")
        assert result.changes == [["acme", f"1.0 from {old.address}", f"2.0 from {new.address}"]]
        assert preview.finished_at is not None
        assert bytes(preview.sealed) == b""
        assert index_settings.stored(world.alice.workspace)["pip-index-url"] == old.address_with_login
        assert "pip-extra-index-urls" not in index_settings.stored(world.alice.workspace)

    def test_says_why_an_app_would_fail_without_a_login(self, world, app, old, new, now):
        preview = asked(world, now, index_url=new.address_with_login, certificates=Authority("Another").pem)

        (result,) = index_previews.results(preview)
        assert "it is signed by an authority that is not trusted here" in result.failure
        assert PASSWORD not in result.failure

    def test_of_the_same_values_changes_nothing(self, world, app, now):
        (result,) = index_previews.results(asked(world, now))

        assert (result.changes, result.failure) == ([], "")


class TestRequest:
    def test_seals_what_it_is_given(self, world, app, now):
        preview = index_previews.request(world.alice, Wanted(), now=now)

        assert PASSWORD.encode() not in bytes(preview.sealed)
        assert len(bytes(preview.sealed)) > 0

    def test_is_one_at_a_time_and_replaces_the_last(self, world, app, now):
        first = index_previews.request(world.alice, Wanted(), now=now)
        with pytest.raises(Conflict):
            index_previews.request(world.alice, Wanted(), now=now)

        tasks.preview_next()
        second = index_previews.request(world.alice, Wanted(), now=now)

        assert list(IndexPreview.objects.all()) == [second]
        assert second.pk != first.pk

    def test_ends_at_once_where_no_app_is_active(self, world, now):
        assert index_previews.request(world.charlie, Wanted(), now=now).finished_at == now

    def test_is_for_admins_of_the_workspace(self, world, now):
        with pytest.raises(Forbidden):
            index_previews.request(world.bob, Wanted(), now=now)
        index_previews.request(world.alice, Wanted(), now=now)
        with pytest.raises(NotFound):
            index_previews.last(world.charlie)


class TestClaim:
    def test_takes_over_after_a_crash_and_gives_up_in_the_end(self, world, app, now):
        preview = index_previews.request(world.alice, Wanted(), now=now)
        for attempt in range(index_previews.MAX_ATTEMPTS):
            at = now + timedelta(seconds=(django_settings.LEASE_S + 1) * attempt)
            assert index_previews.claim(at) is not None
            assert index_previews.claim(at) is None

        assert index_previews.claim(now + timedelta(hours=1)) is None

        preview.refresh_from_db()
        assert preview.finished_at is not None
        assert index_previews.results(preview)[0].failure == index_previews.INTERRUPTED

    def test_forgets_what_ended_long_ago(self, world, now):
        index_previews.request(world.charlie, Wanted(), now=now)

        index_previews.purge(now + timedelta(days=2))

        assert not IndexPreview.objects.exists()
