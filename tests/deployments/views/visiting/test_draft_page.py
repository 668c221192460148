from django.test import Client

from deployments.operations import deployments
from tests.world import World

DRAFT = "/w/acme/apps/hello/draft"


def test_leads_to_the_newest_deployment_of_the_bundle(alice: Client, world: World) -> None:
    app, bundle = world.app("hello"), world.bundle()
    for _ in range(2):
        deployments.request(world.alice, app, bundle=bundle, draft=True)
    deployments.request(world.alice, app, bundle=world.bundle(b"other"))

    answer = alice.get(f"{DRAFT}/{bundle.pk}")

    assert (answer.status_code, answer["Location"]) == (302, "/w/acme/apps/hello/deployments/2")


def test_knows_no_bundle_of_another_app(alice: Client, world: World) -> None:
    world.app("hello")
    elsewhere = deployments.request(world.alice, world.app("other"), bundle=world.bundle())

    assert alice.get(f"{DRAFT}/{elsewhere.bundle.pk}").status_code == 404
    assert alice.get(f"{DRAFT}/{'9' * 30}").status_code == 404


def test_is_hidden_from_a_stranger(charlie: Client, world: World) -> None:
    deployment = deployments.request(world.alice, world.app("hello"), bundle=world.bundle())

    assert charlie.get(f"{DRAFT}/{deployment.bundle.pk}").status_code == 404
