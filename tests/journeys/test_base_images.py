"""An app on a base image: it has what is pre-installed, its own comes first, and it can do without."""

import json
from collections.abc import Iterator

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tests.journeys.platform import Platform

#: Answers with the versions it can import.
VERSIONS = """
import http.server, importlib.metadata, os
def version(name):
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "none"
class Versions(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
        self.wfile.write(" ".join(version(name) for name in ("python-dateutil", "six", "idna")).encode())
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Versions).serve_forever()
"""
IMAGE = """
from django.utils import timezone
from deployments import tasks
from deployments.models import BaseImage
from deployments.operations import base_images
from deployments.pipeline import platform
from workspaces import principals
from workspaces.models import User
from packaging.version import Version
admin = principals.of_user(User.objects.first(), "demo")
minor = {minor!r}
requirements = {requirements!r}
image = BaseImage.objects.filter(name={name!r}).first()
if image is None:
    image = base_images.create(admin, name={name!r}, requirements=requirements, pythons=[minor])
else:
    base_images.draft(admin, image, requirements=requirements, pythons=[minor])
import time
while image.versions.filter(resolve_at__isnull=False).exists():
    time.sleep(0.2)
base_images.publish(admin, image.versions.get(published_at=None), now=timezone.now())
"""


def publish(platform: Platform, requirements: str, name: str = "dates") -> None:
    """As an admin does, with the worker resolving the list in the background."""
    import sys

    minor = f"{sys.version_info.major}.{sys.version_info.minor}"
    platform.manage("shell", "--no-imports", "-c", IMAGE.format(name=name, minor=minor, requirements=requirements))


@pytest.fixture
def app(platform: Platform) -> Iterator[str]:
    yield "dated"
    platform.remove(["dated"])


class TestAnAppOnABaseImage:
    def test_is_converted_opts_out_and_comes_back(self, platform: Platform, app: str) -> None:
        publish(platform, "python-dateutil==2.8.2\nsix==1.16.0\n")
        platform.create(app, base_image="dates")

        # Standard: everything is there although the source asks for nothing.
        first = platform.run(app, {"app.py": VERSIONS})
        assert platform.get(app).text == "2.8.2 1.16.0 none"
        assert first["settings"]["base_image"] == "dates"
        bill = platform.api.get(f"/apps/{app}/deployments/1/sbom.json").text
        assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(bill) is None
        needed = {each["ref"]: each.get("dependsOn", []) for each in json.loads(bill)["dependencies"]}
        assert needed == {"app": ["python-dateutil"], "python-dateutil": ["six"], "six": []}
        assert "Base image dates, version 1" in platform.log(app, 1)

        # Its own requirements come first; what they need has the image's version; what is left unmet is told.
        platform.run(app, {"app.py": VERSIONS, "requirements.txt": "six==1.4.1\nidna==3.7\n"})
        assert platform.get(app).text == "2.8.2 1.4.1 3.7"
        assert "python-dateutil 2.8.2, which is pre-installed, wants six >=1.5, but the app has 1.4.1." in platform.log(
            app, 2
        )

        # Converted, it keeps the version it had, though there is a newer one; nothing is deployed.
        publish(platform, "python-dateutil==2.9.0.post0\nsix==1.17.0\n")
        changed = platform.api.patch(f"/apps/{app}", json={"scaling": "horizontal"}).json()
        assert (changed["base_image_version"], changed["use_preinstalled_libraries"]) == (1, True)
        platform.run(app, {"app.py": VERSIONS})
        assert platform.get(app).text == "2.8.2 1.16.0 none"

        # Opted out: what runs is left alone, and the next deployment has only what it asks for.
        platform.api.patch(f"/apps/{app}", json={"use_preinstalled_libraries": False}).raise_for_status()
        assert platform.get(app).text == "2.8.2 1.16.0 none"
        platform.run(app, {"app.py": VERSIONS, "requirements.txt": "idna==3.7\n"})
        assert platform.get(app).text == "none none 3.7"

        # What needs a library that was only pre-installed never takes over; the log names it, visitors notice nothing.
        needs = platform.wait(app, platform.deploy(app, {"app.py": f"import dateutil{VERSIONS}"}))
        assert (needs["state"], needs["failure"]["kind"]) == ("failed", "missing_module")
        assert "The app imports 'dateutil', which is not installed." in platform.log(app, needs["number"])
        assert needs["findings"][0]["requirement"].startswith("python-dateutil")
        assert platform.get(app).text == "none none 3.7"

        # Declared in pyproject.toml, it is there.
        project = '[project]\nname = "dated"\nversion = "1"\ndependencies = ["python-dateutil==2.9.0", "idna==3.7"]\n'
        number = platform.run(app, {"app.py": f"import dateutil{VERSIONS}", "pyproject.toml": project})["number"]
        assert platform.get(app).text.split()[0::2] == ["2.9.0", "3.7"]

        # Opted in again, the declarations stay: dateutil is the app's own, six the image's.
        platform.api.patch(f"/apps/{app}", json={"use_preinstalled_libraries": True}).raise_for_status()
        number = platform.api.post(f"/apps/{app}/deployments", json={"bundle": "active"}).json()["number"]
        assert platform.wait(app, number)["state"] == "active"
        assert platform.get(app).text == "2.9.0 1.16.0 3.7"

        # Back to standard: deployed at once, on the newest version.
        platform.api.patch(f"/apps/{app}", json={"scaling": "standard"}).raise_for_status()
        again = platform.wait(app, number + 1)
        assert (again["state"], again["cause"], again["settings"]["base_image_version"]) == ("active", "settings", 2)
        assert platform.get(app).text == "2.9.0 1.17.0 3.7"

        images = {image["name"]: image for image in platform.api.get("/base-images").json()["results"]}
        assert [version["number"] for version in images["dates"]["versions"]] == [2, 1]
        assert {"name": "six", "version": "1.17.0"} in images["dates"]["versions"][0]["contents"][0]["packages"]

    def test_with_a_uv_lock_has_nothing_but_what_that_says(self, platform: Platform, app: str) -> None:
        platform.create("locked", base_image="apps")
        source = {
            "app.py": VERSIONS,
            "pyproject.toml": '[project]\nname = "locked"\nversion = "1"\nrequires-python = ">=3.11"\n',
            "uv.lock": 'version = 1\nrevision = 3\nrequires-python = ">=3.11"\n\n[[package]]\nname = "locked"\n'
            'version = "1"\nsource = { virtual = "." }\n',
        }

        platform.run("locked", source)

        assert platform.get("locked").text == "none none none"
        assert "The source has a uv.lock, which is closed: nothing of base image apps is added." in platform.log(
            "locked", 1
        )
        platform.remove(["locked"])
