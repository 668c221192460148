from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone

from deployments.doors import Door
from deployments.models import App, AppVisit, EntryCode
from deployments.operations import access, apps, visits
from tests.world import World
from workspaces.models import Membership
from workspaces.operations import groups, memberships
from workspaces.principals import Principal

NOW = timezone.now()
HOST = "hello-acme.apps.localhost"
BROWSER = visits.digest("secret of the browser")


def begun(principal: Principal, app: App) -> AppVisit | None:
    session = SessionStore()
    session["user"] = principal.user.pk
    session.create()
    return visits.begin(principal, Door(app), session_key=str(session.session_key), now=timezone.now())


@pytest.fixture
def visit(world: World) -> AppVisit:
    """Bob's, of Alice's app; the group "readers" holds him."""
    groups.add_member(world.alice, groups.create(world.alice, name="readers"), world.bob.user)
    visit = begun(world.bob, world.app())
    assert visit is not None
    return visit


def sign_out(world: World, visit: AppVisit) -> None:
    SessionStore(visit.session_key).delete()


def let_the_session_expire(world: World, visit: AppVisit) -> None:
    from django.contrib.sessions.models import Session

    Session.objects.filter(pk=visit.session_key).update(expire_date=timezone.now() - timedelta(seconds=1))


def change_the_password(world: World, visit: AppVisit) -> None:
    world.bob.user.set_password("another one")
    world.bob.user.save()


def deactivate_the_person(world: World, visit: AppVisit) -> None:
    world.bob.user.is_active = False
    world.bob.user.save()


def deactivate_the_member(world: World, visit: AppVisit) -> None:
    memberships.deactivate(world.alice, Membership.objects.get(user=world.bob.user), now=timezone.now())


def choose_somebody_else(world: World, visit: AppVisit) -> None:
    access.put(world.alice, visit.app, access="chosen", users=["alice@example.org"])


def take_out_of_the_group(world: World, visit: AppVisit) -> None:
    access.put(world.alice, visit.app, access="chosen", groups=["readers"])
    assert AppVisit.objects.permitted(timezone.now()).exists()
    from workspaces.models import Group

    groups.remove_member(world.alice, Group.objects.get(), world.bob.user)


def choose_only_admins(world: World, visit: AppVisit) -> None:
    access.put(world.alice, visit.app, access="chosen", groups=["admins"])


def delete_the_app(world: World, visit: AppVisit) -> None:
    apps.delete(world.alice, visit.app, now=timezone.now())


LOSSES = [sign_out, let_the_session_expire, change_the_password, deactivate_the_person, deactivate_the_member,
          choose_somebody_else, take_out_of_the_group, choose_only_admins, delete_the_app]  # fmt: skip


class TestEndForbidden:
    @pytest.mark.parametrize("lose", LOSSES)
    def test_ends_the_visit_of_whoever_lost_access(
        self, lose: Callable[[World, AppVisit], None], world: World, visit: AppVisit
    ) -> None:
        lose(world, visit)

        assert visits.end_forbidden(timezone.now()) == 1
        assert visits.ended([visit.app], timezone.now()) == {visit.app.pk: (visit.uuid.hex,)}
        assert visits.renew(visit.uuid, now=timezone.now()) is None

    @pytest.mark.parametrize("chosen", [{"users": ["bob@example.org"]}, {"groups": ["readers"]}, {"groups": ["users"]}])
    def test_leaves_whoever_may_stay(self, chosen: dict[str, list[str]], world: World, visit: AppVisit) -> None:
        access.put(world.alice, visit.app, access="chosen", **chosen)

        assert visits.end_forbidden(timezone.now()) == 0
        assert visits.renew(visit.uuid, now=timezone.now()) == visit

    def test_never_brings_a_visit_back(self, world: World, visit: AppVisit) -> None:
        choose_only_admins(world, visit)
        visits.end_forbidden(timezone.now())
        access.put(world.alice, visit.app, access="members")

        assert visits.renew(visit.uuid, now=timezone.now()) is None

    def test_looks_at_nobody_whose_cookie_has_expired(self, world: World, visit: AppVisit) -> None:
        sign_out(world, visit)

        assert visits.end_forbidden(timezone.now() + timedelta(hours=1)) == 0

    def test_begins_a_new_epoch_instead_of_a_long_list(
        self, world: World, visit: AppVisit, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(visits, "LONGEST_LIST", 1)
        begun(world.alice, visit.app)
        AppVisit.objects.update(session_key="gone")

        visits.end_forbidden(timezone.now())

        visit.app.refresh_from_db()
        assert visit.app.access_epoch == 2
        assert visits.ended([visit.app], timezone.now()) == {}


class TestBegin:
    def test_goes_on_with_the_visit_of_the_session(self, world: World, visit: AppVisit) -> None:
        again = visits.begin(world.bob, Door(visit.app), session_key=visit.session_key, now=timezone.now())

        assert again == visit

    def test_is_not_for_strangers_and_those_not_chosen(self, world: World) -> None:
        app = world.app()
        access.put(world.alice, app, access="chosen")
        app.refresh_from_db()

        assert begun(world.charlie, app) is None
        assert begun(world.bob, app) is None
        assert begun(world.alice, app) is not None


class TestRedeem:
    def test_gives_the_visit_and_the_page_once(self, visit: AppVisit) -> None:
        code = visits.make_code(visit, host=HOST, browser=BROWSER, path="/x?y", now=NOW)

        entry = visits.redeem(code, Door(visit.app), host=HOST, browser=BROWSER, now=NOW)
        again = visits.redeem(code, Door(visit.app), host=HOST, browser=BROWSER, now=NOW)

        assert entry is not None
        assert (entry.visit, entry.path, again) == (visit, "/x?y", None)

    @pytest.mark.parametrize(
        ("host", "browser", "late_s"),
        [("other-acme.apps.localhost", BROWSER, 0), (HOST, visits.digest("another"), 0), (HOST, BROWSER, 61)],
    )
    def test_gives_nothing_elsewhere_and_late(self, host: str, browser: str, late_s: int, visit: AppVisit) -> None:
        code = visits.make_code(visit, host=HOST, browser=BROWSER, path="/", now=NOW)

        later = NOW + timedelta(seconds=late_s)

        assert visits.redeem(code, Door(visit.app), host=host, browser=browser, now=later) is None

    def test_gives_nothing_to_whoever_has_left_meanwhile(self, world: World, visit: AppVisit) -> None:
        code = visits.make_code(visit, host=HOST, browser=BROWSER, path="/", now=NOW)
        sign_out(world, visit)

        assert visits.redeem(code, Door(visit.app), host=HOST, browser=BROWSER, now=NOW) is None

    def test_gives_nothing_at_another_app(self, world: World, visit: AppVisit) -> None:
        code = visits.make_code(visit, host=HOST, browser=BROWSER, path="/", now=NOW)

        assert visits.redeem(code, Door(world.app("other")), host=HOST, browser=BROWSER, now=NOW) is None

    def test_keeps_no_code_in_clear(self, visit: AppVisit) -> None:
        code = visits.make_code(visit, host=HOST, browser=BROWSER, path="/", now=NOW)

        assert code not in str(EntryCode.objects.values().get())


class TestForgetOld:
    def test_keeps_what_may_still_let_somebody_in(self, visit: AppVisit) -> None:
        visits.make_code(visit, host=HOST, browser=BROWSER, path="/", now=NOW)

        visits.forget_old(NOW)

        assert (AppVisit.objects.count(), EntryCode.objects.count()) == (1, 1)

    def test_removes_the_rest(self, world: World, visit: AppVisit) -> None:
        visits.make_code(visit, host=HOST, browser=BROWSER, path="/", now=NOW)
        sign_out(world, visit)
        visits.end_forbidden(timezone.now())

        visits.forget_old(timezone.now() + timedelta(hours=2))

        assert (AppVisit.objects.count(), EntryCode.objects.count()) == (0, 0)
