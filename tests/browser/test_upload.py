import base64
import re
import tarfile
import zipfile
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, expect

from deployments import layout
from deployments.models import Bundle
from tests.browser.conftest import sign_in
from tests.world import World

DEPLOYMENT_PAGE = re.compile("/w/acme/apps/hello/deployments/1$")
#: Drops a file of that name and content, as the desktop would.
DROP_FILE = """([name, content]) => {
  const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], name));
  document.querySelector("[data-drop]").dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true }));
}"""


def uploaded() -> Path:
    return layout.archive(Bundle.objects.get())


class TestUpload:
    def test_a_folder_is_packed_without_what_no_app_needs(self, page: Page, people: World, source: Path) -> None:
        people.app("hello")
        page.goto("/w/acme/apps/hello/deploy")

        with page.expect_file_chooser() as chooser:
            page.get_by_role("button", name="Choose a folder").click()
        chooser.value.set_files(source)

        expect(page).to_have_url(DEPLOYMENT_PAGE)
        with tarfile.open(uploaded()) as archive:
            contents = {member.name: archive.extractfile(member).read().decode() for member in archive}
        long_name = "deep/" * 30 + "ä" * 60 + ".txt"
        assert contents == {name: f"this is {name}" for name in ("main.py", "templates/index.html", long_name)}

    def test_a_dropped_archive_is_sent_as_it_is(self, page: Page, people: World, tmp_path: Path) -> None:
        people.app("hello")
        packed = tmp_path / "source.zip"
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("main.py", "print()")
        page.goto("/w/acme/apps/hello/deploy")

        page.evaluate(DROP_FILE, ["source.zip", base64.b64encode(packed.read_bytes()).decode()])

        expect(page).to_have_url(DEPLOYMENT_PAGE)
        assert uploaded().read_bytes() == packed.read_bytes()

    def test_says_what_was_wrong_and_can_be_tried_again(self, page: Page, people: World) -> None:
        people.app("hello")
        page.goto("/w/acme/apps/hello/deploy")

        page.evaluate(DROP_FILE, ["source.zip", ""])

        expect(page.get_by_role("alert")).to_contain_text("The upload is empty.")
        expect(page.get_by_role("button", name="Choose a folder")).to_be_visible()

    def test_an_archive_needs_no_scripts(
        self, context: BrowserContext, people: World, server: str, tmp_path: Path
    ) -> None:
        people.app("hello")
        packed = tmp_path / "source.zip"
        packed.write_bytes(b"PK")
        plain = context.browser.new_context(
            base_url=server, java_script_enabled=False, storage_state=_signed_in(context)
        )
        page = plain.new_page()

        page.goto("/w/acme/apps/hello/deploy")
        page.get_by_label("A zip, tar.gz or tar").set_input_files(packed)
        page.get_by_role("button", name="Upload and deploy").click()

        expect(page).to_have_url(DEPLOYMENT_PAGE)
        expect(page.get_by_role("link", name="Refresh")).to_be_visible()
        plain.close()


def _signed_in(context: BrowserContext) -> object:
    sign_in(context)
    return context.storage_state()
