import pytest
from django.conf import settings

from deployments import layout
from deployments.models import App, Deployment
from deployments.operations import examples
from deployments.source.packing import pack
from tests.world import World
from workspaces.errors import Conflict


class TestCatalogue:
    def test_names_each_folder(self) -> None:
        folders = {folder.name for folder in (settings.BASE_DIR / "examples").iterdir() if folder.is_dir()}

        assert {example.name for example in examples.catalogue()} == folders
        assert all(example.sentence.endswith(".") and len(example.sentence) < 200 for example in examples.catalogue())


class TestFirstSentence:
    @pytest.mark.parametrize(
        ("readme", "sentence"),
        [
            ("# a\n\nThe `best` app,\nsays app.py. It is.\n\nMore.\n", "The best app, says app.py."),
            ("# a\n", ""),
            ("", ""),
        ],
    )
    def test_is_plain_text(self, readme: str, sentence: str) -> None:
        assert examples.first_sentence(readme) == sentence


class TestCreateApp:
    def test_deploys_the_very_folder(self, world: World) -> None:
        deployment = examples.create_app(world.alice, name="mine", example="flask-jinja")

        archive = layout.archive(deployment.bundle)
        wanted = archive.with_name("wanted")
        pack(settings.BASE_DIR / "examples" / "flask-jinja", wanted)
        assert archive.read_bytes() == wanted.read_bytes()
        assert deployment.app.owner == world.alice.user

    def test_leaves_nothing_when_the_name_is_taken(self, world: World) -> None:
        world.app("mine")

        with pytest.raises(Conflict):
            examples.create_app(world.alice, name="mine", example="flask-jinja")

        assert App.objects.count() == 1
        assert not Deployment.objects.exists()
        assert not list(settings.HOME.uploads.iterdir())
