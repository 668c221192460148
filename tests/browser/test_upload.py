import re
import tarfile
import zipfile
from pathlib import Path

from playwright.sync_api import Page, expect

from deployments import layout
from deployments.models import Bundle
from tests.world import World

#: What of the source folder an app needs; the last name fits no ustar header.
KEPT = {name: f"this is {name}" for name in ("main.py", "templates/index.html", "deep/" * 30 + "ä" * 60 + ".txt")}
DEPLOYMENT_PAGE = re.compile("/w/acme/apps/hello/deployments/1$")


def uploaded() -> Path:
    return layout.archive(Bundle.objects.get())


def unpacked() -> dict[str, str]:
    with tarfile.open(uploaded()) as archive:
        return {member.name: archive.extractfile(member).read().decode() for member in archive}


class TestUpload:
    def test_a_folder_is_packed_without_what_no_app_needs(self, page: Page, people: World, source: Path) -> None:
        people.app("hello")
        page.goto("/w/acme/apps/hello/deploy")

        with page.expect_file_chooser() as chooser:
            page.get_by_role("button", name="Choose a folder").click()
        chooser.value.set_files(source)

        expect(page).to_have_url(DEPLOYMENT_PAGE)
        assert unpacked() == KEPT

    def test_a_dropped_folder_is_packed_alike(self, page: Page, people: World, source: Path) -> None:
        people.app("hello")
        page.goto("/w/acme/apps/hello/deploy")

        drop(page, source)

        expect(page).to_have_url(DEPLOYMENT_PAGE)
        assert unpacked() == KEPT

    def test_a_dropped_archive_is_sent_as_it_is(self, page: Page, people: World, tmp_path: Path) -> None:
        people.app("hello")
        packed = tmp_path / "source.zip"
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("main.py", "print()")
        page.goto("/w/acme/apps/hello/deploy")

        drop(page, packed)

        expect(page).to_have_url(DEPLOYMENT_PAGE)
        assert uploaded().read_bytes() == packed.read_bytes()

    def test_says_what_was_wrong_and_can_be_tried_again(self, page: Page, people: World, tmp_path: Path) -> None:
        people.app("hello")
        (tmp_path / "empty.zip").touch()
        page.goto("/w/acme/apps/hello/deploy")

        drop(page, tmp_path / "empty.zip")

        expect(page.get_by_role("alert")).to_contain_text("The upload is empty.")
        expect(page.get_by_role("button", name="Choose a folder")).to_be_visible()

    def test_an_archive_needs_no_scripts(self, page: Page, people: World, server: str, tmp_path: Path) -> None:
        people.app("hello")
        packed = tmp_path / "source.zip"
        packed.write_bytes(b"PK")
        plain = page.context.browser.new_context(
            base_url=server, java_script_enabled=False, storage_state=page.context.storage_state()
        )
        page = plain.new_page()

        page.goto("/w/acme/apps/hello/deploy")
        page.get_by_label("A zip, tar.gz or tar").set_input_files(packed)
        page.get_by_role("button", name="Upload and deploy").click()

        expect(page).to_have_url(DEPLOYMENT_PAGE)
        expect(page.get_by_role("link", name="Refresh")).to_be_visible()
        plain.close()


def drop(page: Page, path: Path) -> None:
    """Drop a file or folder of the disk on the zone, as the desktop would."""
    zone = page.locator("[data-drop]")
    # Only the script's own preparations make the folder's button visible.
    expect(page.get_by_role("button", name="Choose a folder")).to_be_visible()
    box = zone.bounding_box()
    place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + 20}
    data = {"items": [], "files": [str(path)], "dragOperationsMask": 1}
    session = page.context.new_cdp_session(page)
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, "data": data, **place})
