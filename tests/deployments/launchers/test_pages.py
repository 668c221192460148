import pytest

from deployments.launchers.base import AppKind
from deployments.launchers.inference import infer

APP = "from fastapi import FastAPI\napp = FastAPI()\n"


class TestKind:
    @pytest.mark.parametrize(
        ("files", "kind"),
        [
            ({"main.py": APP}, AppKind.API),
            ({"main.py": APP, "page.html": ""}, AppKind.WEB_APP),
            ({"main.py": APP, "templates/page.html": ""}, AppKind.WEB_APP),
            ({"main.py": APP + "from fastapi.responses import HTMLResponse\nx = HTMLResponse"}, AppKind.WEB_APP),
        ],
    )
    def test_tells_pages_from_an_api(self, write, files, kind):
        assert infer(write(files)).kind is kind
