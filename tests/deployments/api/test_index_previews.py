from deployments import tasks
from deployments.models import IndexPreview
from tests.deployments.api.clients import is_error

PAGE = "/api/v1/workspace/package-repositories/preview"
MAIN = "https://deploy:word-word@packages.example.com/simple"


def test_is_asked_for_and_read(world, alice):
    app = world.app()
    begun = alice.post(PAGE, {"index_url": MAIN})
    read = alice.get(PAGE)

    assert (begun.status_code, read.status_code) == (202, 200)
    assert read.json()["results"] == []  # Nothing of the app is active.
    assert read.json()["finished_at"] is not None
    assert "word-word" not in begun.content.decode()
    assert app.active_deployment is None


def test_is_not_there_before_one_was_made(alice):
    assert is_error(alice.get(PAGE), 404, "not_found")


def test_refuses_what_could_not_be_saved(alice):
    assert is_error(alice.post(PAGE, {"index_url": "nonsense"}), 400, "invalid")
    assert is_error(alice.post(PAGE, {"package": "pip"}), 400, "invalid")
    assert not IndexPreview.objects.exists()


def test_is_done_by_a_worker_that_finds_none_without_harm(world):
    tasks.preview_next()
