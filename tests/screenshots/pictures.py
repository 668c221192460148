"""Which pages are taken, at which width and in which scheme, and files as small as a repository likes them."""

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

WIDE, NARROW = 1280, 390
#: What of a long page is enough.
MOST_HIGH = {WIDE: 1100, NARROW: 1000}
#: Pages have few colours; a palette of them is a third of the size, and nobody sees it.
COLOURS = 160


@dataclass(frozen=True)
class Picture:
    """``path`` is below the workspace, or of the whole site with a slash at its beginning."""

    name: str
    path: str
    width: int = WIDE
    scheme: str = "light"
    as_root: bool = False


PICTURES = (
    Picture("apps", "apps"),
    Picture("apps-phone", "apps", NARROW, "dark"),
    Picture("new-app", "apps/new"),
    Picture("deploy", "apps/nightly-report/deploy"),
    Picture("app", "apps/orders"),
    Picture("app-dark", "apps/orders", scheme="dark"),
    Picture("app-phone", "apps/orders", NARROW),
    Picture("deployments", "apps/forecast/deployments"),
    Picture("failure", "apps/forecast/deployments/2"),
    Picture("failure-phone", "apps/forecast/deployments/2", NARROW, "dark"),
    Picture("logs", "apps/orders/logs"),
    Picture("packages", "apps/orders/packages"),
    Picture("variables", "apps/orders/environment"),
    Picture("access", "apps/orders/access"),
    Picture("app-settings", "apps/orders/settings"),
    Picture("inventory", "packages"),
    Picture("secrets", "scopes/prod"),
    Picture("people", "people"),
    Picture("environments", "/admin/deployments/environment/"),
    Picture("base-images", "/admin/deployments/baseimageversion/", as_root=True),
    Picture("admin-workspace", "/admin/"),
    Picture("admin-site", "/admin/", as_root=True),
)


def take(page: Page, picture: Picture, slug: str, folder: Path) -> Path:
    page.emulate_media(color_scheme=picture.scheme)
    page.set_viewport_size({"width": picture.width, "height": 800})
    page.goto(picture.path if picture.path.startswith("/") else f"/w/{slug}/{picture.path}")
    page.wait_for_load_state()
    # Times are put into the reader's words by a script, figures may be drawn by one.
    page.wait_for_timeout(400)
    height = min(page.evaluate("document.documentElement.scrollHeight"), MOST_HIGH[picture.width])
    page.set_viewport_size({"width": picture.width, "height": height})
    target = folder / f"{picture.name}.png"
    target.write_bytes(_small(page.screenshot()))
    return target


def _small(png: bytes) -> bytes:
    buffer = BytesIO()
    image = Image.open(BytesIO(png)).convert("RGB")
    image.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(
        buffer, "PNG", optimize=True
    )
    return buffer.getvalue()
