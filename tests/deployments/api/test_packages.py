import json

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from pytest_django import DjangoAssertNumQueries

from deployments.models import Environment, State
from deployments.operations import apps, deployments, environments
from deployments.venvs.inspecting.needs import Needs
from deployments.venvs.lock import ArtefactKind, Origin
from tests.deployments.api.clients import APPS, Client, is_error
from tests.deployments.locked import INTERNAL, PYPI, deployed, package
from tests.world import World
from workspaces.api.paging import MAX_PAGE_SIZE

HELLO = f"{APPS}/hello/deployments"
INVENTORY = "/api/v1/packages"
PARTS = ("packages", "packages/difference?to=1", "requirements.lock", "sbom.json")


class TestPackages:
    def test_tell_what_is_installed_and_where_it_came_from(self, alice: Client, world: World) -> None:
        flask = package("flask", "3.1.0", index=INTERNAL)
        deployed(world, world.app(), flask, package("werkzeug", "3.1.3", origin=Origin.TRANSITIVE))

        told = alice.get(f"{HELLO}/1/packages").json()

        assert told["results"][0] == {
            "name": "flask", "version": "3.1.0", "hashes": list(flask.hashes), "index": INTERNAL,
            "origin": "requirements", "kind": "wheel", "url": flask.url, "needed_by": None,
        }  # fmt: skip
        assert told["results"][1]["origin"] == "transitive"
        assert (told["next"], told["notices"], told["managed"]) == (None, ["A notice."], True)

    def test_tell_which_packages_need_one_where_that_was_kept(self, alice: Client, world: World) -> None:
        packages = [package(name, origin=Origin.TRANSITIVE) for name in ("click", "jinja2")]
        deployment = deployed(world, world.app(), package("flask"), *packages)
        of = {"click": [], "flask": ["click", "jinja2"], "jinja2": ["click"]}
        environments.keep_needs(deployment.lock, Needs(["flask"], of).to_json())

        told = alice.get(f"{HELLO}/1/packages").json()["results"]

        assert {each["name"]: each["needed_by"] for each in told} == {
            "click": ["flask", "jinja2"], "flask": [], "jinja2": ["flask"],
        }  # fmt: skip

    def test_tell_no_login_and_no_query_of_an_address(self, alice: Client, world: World) -> None:
        address = "https://me:horse@files.acme.test/a/hello-1.0.zip?token=battery#sha256=1"
        deployed(world, world.app(), package("hello", url=address, index=None, kind=ArtefactKind.SDIST))

        answers = [alice.get(f"{HELLO}/1/{part}").content.decode() for part in ("packages", "sbom.json")]

        for answer in answers:
            assert "https://files.acme.test/a/hello-1.0.zip" in answer
            assert "horse" not in answer
            assert "battery" not in answer

    def test_that_are_external_are_told_and_nothing_is_made_up_of_them(self, alice: Client, world: World) -> None:
        fields = {"kind": ArtefactKind.EXTERNAL, "url": "", "index": None, "hashes": (), "origin": Origin.EXTERNAL}
        deployed(world, world.app(), package("torch", "2.9.0", **fields))

        (told,) = alice.get(f"{HELLO}/1/packages").json()["results"]
        bill = alice.get(f"{HELLO}/1/sbom.json").content.decode()

        assert (told["origin"], told["kind"], told["index"], told["hashes"]) == ("external", "external", None, [])
        assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(bill) is None
        assert json.loads(bill)["components"][0]["purl"] == "pkg:pypi/torch@2.9.0"

    def test_ask_the_database_a_constant_number_of_times(
        self, alice: Client, world: World, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        deployed(world, world.app(), *(package(f"p{number}") for number in range(200)))

        # Token and its last use, membership; the app, its instances, what is in flight; the deployment with its lock.
        with django_assert_num_queries(7):
            assert len(alice.get(f"{HELLO}/1/packages").json()["results"]) == 200


@pytest.mark.parametrize("part", PARTS)
class TestEveryPart:
    def test_says_that_packages_are_not_resolved_yet(self, alice: Client, world: World, part: str) -> None:
        deployments.request(world.alice, world.app(), bundle=world.bundle())

        response = alice.get(f"{HELLO}/1/{part}")

        assert is_error(response, 409, "conflict")
        assert "is queued; its packages are not resolved yet" in response.json()["message"]

    def test_says_that_there_never_were_any(self, alice: Client, world: World, part: str) -> None:
        deployments.request(world.alice, world.app(), bundle=world.bundle()).move(State.FAILED)

        assert "ended before its packages were resolved" in alice.get(f"{HELLO}/1/{part}").json()["message"]

    def test_does_not_exist_for_a_stranger(self, charlie: Client, world: World, part: str) -> None:
        deployed(world, world.app(), package("flask"))

        assert is_error(charlie.get(f"{HELLO}/1/{part}"), 404, "not_found")

    @pytest.mark.parametrize("number", ["2", "9" * 12])
    def test_needs_its_deployment(self, alice: Client, world: World, part: str, number: str) -> None:
        deployed(world, world.app(), package("flask"))

        assert is_error(alice.get(f"{HELLO}/{number}/{part}"), 404, "not_found")


class TestDifference:
    def test_tells_each_kind_of_change(self, alice: Client, world: World) -> None:
        app = world.app()
        same = package("same")
        before = (package("gone"), package("index"), package("newer", "1.0"), package("rebuilt"), same)
        after = (
            package("fresh", origin=Origin.TRANSITIVE), package("index", index=INTERNAL), package("newer", "2.0"),
            package("rebuilt", hashes=("sha256:" + "f" * 64,)), same,
        )  # fmt: skip
        deployed(world, app, *before)
        deployed(world, app, *after)

        told = alice.get(f"{HELLO}/1/packages/difference?to=2").json()["results"]
        back = alice.get(f"{HELLO}/2/packages/difference?to=1").json()["results"]

        assert {each["name"]: each["change"] for each in told} == {
            "fresh": "added", "gone": "removed", "index": "index", "newer": "version", "rebuilt": "artefact",
        }  # fmt: skip
        by_name = {each["name"]: each for each in told}
        assert by_name["gone"]["after"] is None
        assert by_name["fresh"]["before"] is None
        assert by_name["fresh"]["after"]["origin"] == "transitive"
        assert [by_name["newer"][side]["version"] for side in ("before", "after")] == ["1.0", "2.0"]
        assert [by_name["index"][side]["index"] for side in ("before", "after")] == [PYPI, INTERNAL]
        assert {each["name"]: each["change"] for each in back}["gone"] == "added"

    def test_is_empty_for_the_same(self, alice: Client, world: World) -> None:
        app = world.app()
        for _ in range(2):
            deployed(world, app, package("flask"))

        assert alice.get(f"{HELLO}/1/packages/difference?to=2").json() == {"results": [], "next": None}

    def test_may_be_with_a_deployment_of_another_app(self, alice: Client, world: World) -> None:
        deployed(world, world.app(), package("flask", "3.0.0"))
        trial = world.app("trial")
        for version in ("3.1.0", "3.2.0"):
            deployed(world, trial, package("flask", version))

        told = alice.get(f"{HELLO}/1/packages/difference?to=2&app=trial").json()["results"]

        assert [(each["before"]["version"], each["after"]["version"]) for each in told] == [("3.0.0", "3.2.0")]

    def test_knows_no_app_of_another_workspace(self, alice: Client, world: World) -> None:
        deployed(world, world.app(), package("flask"))
        deployed(world, world.app("theirs", by=world.charlie), package("sauce"), by=world.charlie)

        for name in ("theirs", "nowhere", "%00"):
            assert is_error(alice.get(f"{HELLO}/1/packages/difference?to=1&app={name}"), 404, "not_found")

    @pytest.mark.parametrize("to", ["", "?to=", "?to=0", "?to=-1", "?to=x", "?to=1.0", f"?to={'9' * 30}", "?to=1&ap=x"])
    def test_needs_a_number(self, alice: Client, world: World, to: str) -> None:
        deployed(world, world.app(), package("flask"))

        assert is_error(alice.get(f"{HELLO}/1/packages/difference{to}"), 400, "invalid")

    def test_is_with_one_of_the_same_app_unless_another_is_named(self, alice: Client, world: World) -> None:
        deployed(world, world.app(), package("flask"))
        other = world.app("other")
        for _ in range(2):
            deployed(world, other, package("flask"))

        assert is_error(alice.get(f"{HELLO}/1/packages/difference?to=2"), 404, "not_found")


class TestRequirementsLock:
    def test_is_a_requirements_file_with_hashes(self, alice: Client, world: World) -> None:
        flask = package("flask", "3.1.0")
        deployment = deployed(world, world.app(), flask)
        deployment.environment = Environment.objects.create(key="ab" * 8, python_version="3.12.4")
        deployment.save()

        response = alice.get(f"{HELLO}/1/requirements.lock")

        assert response.content.decode() == (
            "# hello, deployment 1, for Python 3.12.4\n"
            f"flask==3.1.0 \\\n    --hash={flask.hashes[0]}\n    # from {PYPI}\n"
        )
        assert response["Content-Type"] == "text/plain; charset=utf-8"
        assert response["Content-Disposition"] == 'attachment; filename="hello-1.requirements.lock"'

    @pytest.mark.parametrize("accept", ["text/plain", "*/*", "application/json", "text/html,*/*;q=0.8"])
    def test_comes_to_every_client(self, alice: Client, world: World, accept: str) -> None:
        deployed(world, world.app(), package("flask"))

        response = alice.get(f"{HELLO}/1/requirements.lock", headers={"Accept": accept})

        assert (response.status_code, response["Content-Type"]) == (200, "text/plain; charset=utf-8")


class TestSbom:
    def test_is_valid_and_complete(self, alice: Client, world: World) -> None:
        deployed(
            world, world.app(),
            package("flask", "3.1.0"), package("internal", "2.0", index=INTERNAL),
            package("werkzeug", "3.1.3", origin=Origin.TRANSITIVE),
            package("fork", None, kind=ArtefactKind.VCS, url="git+https://code.acme.test/fork.git", index=None,
                    commit="c0ffee", hashes=()),
            package("own", None, kind=ArtefactKind.DIRECTORY, url="libs/own", index=None),
            package("direct", url="https://files.acme.test/direct 1.0.zip", index=None, kind=ArtefactKind.SDIST),
        )  # fmt: skip

        response = alice.get(f"{HELLO}/1/sbom.json")

        text = response.content.decode()
        assert response["Content-Type"] == "application/vnd.cyclonedx+json; version=1.6"
        assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
        bill = json.loads(text)
        assert bill["metadata"]["component"]["name"] == "hello"
        components = {component["name"]: component for component in bill["components"]}
        assert components["flask"]["purl"] == "pkg:pypi/flask@3.1.0"
        assert components["flask"]["hashes"][0]["alg"] == "SHA-256"
        assert {each["type"] for each in components["flask"]["externalReferences"]} == {
            "distribution", "distribution-intake",
        }  # fmt: skip
        assert components["internal"]["purl"].startswith("pkg:pypi/internal@2.0?repository_url=")
        assert "c0ffee" in components["fork"]["purl"]
        assert components["own"]["purl"] == "pkg:pypi/own"
        asked_for = next(each for each in bill["dependencies"] if each["ref"] == "app")["dependsOn"]
        assert sorted(asked_for) == ["direct", "flask", "fork", "internal", "own"]
        (composition,) = bill["compositions"]
        assert composition["aggregate"] == "unknown"
        assert set(composition["dependencies"]) == {component["bom-ref"] for component in bill["components"]} | {"app"}

    def test_holds_what_packages_need(self, alice: Client, world: World) -> None:
        """Of the base image's, what nothing needs depends on the app itself; a circle of them begins once."""
        given = [package(name, origin=Origin.BASE_IMAGE) for name in ("pandas", "numpy", "round", "about")]
        deployment = deployed(
            world, world.app(), package("flask"), package("app", origin=Origin.TRANSITIVE),
            package("gunicorn", origin=Origin.PLATFORM), *given,
        )  # fmt: skip
        of = {
            "flask": ["app"], "app": [], "gunicorn": [], "pandas": ["numpy"], "numpy": [], "round": ["about"],
            "about": ["round"],
        }  # fmt: skip
        environments.keep_needs(deployment.lock, Needs(["flask", "gunicorn"], of).to_json())

        text = alice.get(f"{HELLO}/1/sbom.json").content.decode()

        assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
        bill = json.loads(text)
        needed = {each["ref"]: each.get("dependsOn", []) for each in bill["dependencies"]}
        assert needed == {
            "app": ["about", "flask", "gunicorn", "pandas"], "flask": ["app (package)"], "app (package)": [],
            "gunicorn": [], "pandas": ["numpy"], "numpy": [], "round": ["about"], "about": ["round"],
        }  # fmt: skip
        assert bill["compositions"][0]["aggregate"] == "complete"

    @pytest.mark.parametrize("of", [{"flask": [], "six": []}, {"flask": ["six"]}])
    def test_says_when_the_metadata_leaves_something_out(
        self, alice: Client, world: World, of: dict[str, list[str]]
    ) -> None:
        deployment = deployed(world, world.app(), package("flask"), package("six", origin=Origin.TRANSITIVE))
        environments.keep_needs(deployment.lock, Needs(["flask"], of).to_json())

        assert alice.get(f"{HELLO}/1/sbom.json").json()["compositions"][0]["aggregate"] == "incomplete"

    def test_is_the_same_each_time(self, alice: Client, world: World) -> None:
        deployed(world, world.app(), package("flask"), package("six"))

        first, second = (alice.get(f"{HELLO}/1/sbom.json").content for _ in range(2))

        assert first == second


class TestInventory:
    def test_tells_which_deployments_use_a_package(self, alice: Client, world: World) -> None:
        shop, site = world.app("shop"), world.app("site")
        deployed(world, shop, package("requests", "2.31.0"), package("six"))
        deployed(world, shop, package("requests", "2.32.0"))
        deployed(world, site, package("requests", "2.32.0", origin=Origin.TRANSITIVE, index=INTERNAL))
        deployed(world, world.app("none"), package("requests-oauthlib"))

        told = alice.get(f"{INVENTORY}?name=Requests").json()["results"]

        assert told[0] == {
            "app": "site", "deployment": 1, "state": "active", "draft": False, "name": "requests",
            "version": "2.32.0", "index": INTERNAL, "origin": "transitive", "direct": False,
        }  # fmt: skip
        assert [(row["app"], row["deployment"], row["version"]) for row in told[1:]] == [
            ("shop", 2, "2.32.0"), ("shop", 1, "2.31.0"),
        ]  # fmt: skip

    def test_can_be_narrowed(self, alice: Client, world: World) -> None:
        shop = world.app("shop")
        deployed(world, shop, package("requests", "2.31.0"))
        deployed(world, shop, package("requests", "2.32.0"))

        def told(query: str) -> list[int]:
            return [row["deployment"] for row in alice.get(f"{INVENTORY}?name=requests{query}").json()["results"]]

        assert told("&serving=true") == [2]
        assert told("&version=2.31.0") == [1]
        assert told("&version=2.31.0&serving=1") == []

    def test_knows_nothing_of_another_workspace_or_of_deleted_apps(
        self, alice: Client, charlie: Client, world: World
    ) -> None:
        theirs = world.app("theirs", by=world.charlie)
        deployed(world, theirs, package("flask"), by=world.charlie)
        gone = world.app("gone")
        deployed(world, gone, package("flask"))
        apps.delete(world.alice, gone, now=gone.created_at)

        assert alice.get(f"{INVENTORY}?name=flask").json()["results"] == []
        assert [row["app"] for row in charlie.get(f"{INVENTORY}?name=flask").json()["results"]] == ["theirs"]

    def test_goes_on_where_it_ended(self, alice: Client, world: World) -> None:
        app = world.app()
        for _ in range(5):
            deployed(world, app, package("flask"))

        first = alice.get(f"{INVENTORY}?name=flask&limit=3").json()
        second = alice.get(first["next"]).json()

        assert [row["deployment"] for row in first["results"] + second["results"]] == [5, 4, 3, 2, 1]
        assert second["next"] is None

    @pytest.mark.parametrize("number", [2, 40])
    def test_asks_the_database_a_constant_number_of_times(
        self, alice: Client, world: World, number: int, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        app = world.app()
        for _ in range(number):
            deployed(world, app, package("flask"))

        # Token and its last use, membership; the deployments.
        with django_assert_num_queries(4):
            assert len(alice.get(f"{INVENTORY}?name=flask&limit={MAX_PAGE_SIZE}").json()["results"]) == number

    @pytest.mark.parametrize("query", ["", "?name=", "?name=%20", "?nmae=x", "?name=x&limit=0", "?name=x&cursor=eA"])
    def test_refuses_what_it_cannot_read(self, alice: Client, world: World, query: str) -> None:
        assert is_error(alice.get(f"{INVENTORY}{query}"), 400, "invalid")

    @pytest.mark.parametrize("name", ["no-such", "%00", "a" * 5000, "'; drop table", "%F0%9F%90%8D"])
    def test_finds_nothing_under_a_strange_name(self, alice: Client, world: World, name: str) -> None:
        assert alice.get(f"{INVENTORY}?name={name}").json() == {"results": [], "next": None}
