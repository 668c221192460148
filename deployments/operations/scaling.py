"""Standard and horizontally scaled apps: what conversion, opting out and coming back do to an app.

The rules are those of the page on pre-installed libraries of Databricks apps, as a function of values: no row is
read or written here.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from django.conf import settings

from deployments.models import App, Scaling
from workspaces.errors import Conflict, Invalid

#: The settings of an app that hang together.
FIELDS = ("scaling", "instances", "use_preinstalled_libraries", "base_image")


@dataclass(frozen=True)
class Image:
    """What the rules need to know of a base image; ``had`` is the version an app's newest deployment was built on."""

    name: str
    is_clean: bool
    newest: int
    had: int | None = None


@dataclass(frozen=True)
class Runtime:
    """The columns of an app that ``FIELDS`` change."""

    scaling: Scaling
    was_converted: bool
    use_preinstalled_libraries: bool
    base_image: str
    base_image_version: int | None
    instances: int

    @classmethod
    def of(cls, app: App) -> Self:
        return cls(
            Scaling(app.scaling),
            app.was_converted,
            app.use_preinstalled_libraries,
            app.base_image,
            app.base_image_version,
            app.instances,
        )

    @property
    def columns(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def may_choose(self) -> bool:
        """Whether "use pre-installed libraries" is for people to say."""
        return self.scaling is Scaling.HORIZONTAL and self.was_converted


def new(wanted: Mapping[str, Any], image: Image) -> Runtime:
    """A new app: a standard one as its image is, a horizontally scaled one clean. Raises ``Conflict``."""
    scaling = wanted.get("scaling", Scaling.STANDARD)
    uses = scaling is Scaling.STANDARD and not image.is_clean
    return _set(Runtime(scaling, False, uses, image.name, None, 1), wanted, image)


def changed(now: Runtime, wanted: Mapping[str, Any], before: Image, image: Image) -> Runtime:
    """``now`` with what is ``wanted``, already checked one by one. Raises ``Conflict`` for what the rules forbid.

    ``before`` is the image the app has, ``image`` the one it is to have, perhaps the same.
    """
    then = _on(now, before, image) if image.name != before.name else now
    scaling = wanted.get("scaling", then.scaling)
    if scaling is Scaling.HORIZONTAL and then.scaling is Scaling.STANDARD:
        then = _converted(then, image)
    elif scaling is Scaling.STANDARD and then.scaling is Scaling.HORIZONTAL:
        then = _returned(then, image)
    return _set(then, wanted, image)


def goes_back(now: Runtime, then: Runtime) -> bool:
    """Whether the app is to be deployed at once, on the standard image."""
    return now.scaling is Scaling.HORIZONTAL and then.scaling is Scaling.STANDARD


def _on(now: Runtime, before: Image, image: Image) -> Runtime:
    """Another image: its newest version, and its libraries unless the app has opted out of some."""
    uses = not image.is_clean and (now.use_preinstalled_libraries or before.is_clean)
    pinned = image.newest if now.may_choose else None
    is_new_horizontal = now.scaling is Scaling.HORIZONTAL and not now.was_converted
    return replace(
        now,
        base_image=image.name,
        base_image_version=pinned,
        use_preinstalled_libraries=uses and not is_new_horizontal,
    )


def _converted(now: Runtime, image: Image) -> Runtime:
    """Pinned to the libraries it had, so that its imports go on working."""
    return replace(
        now,
        scaling=Scaling.HORIZONTAL,
        was_converted=True,
        use_preinstalled_libraries=not image.is_clean,
        base_image_version=image.newest if image.had is None else image.had,
    )


def _returned(now: Runtime, image: Image) -> Runtime:
    """The libraries are back, whether or not it had opted out. Its instances stay until the standard one serves."""
    return replace(
        now,
        scaling=Scaling.STANDARD,
        was_converted=False,
        use_preinstalled_libraries=not image.is_clean,
        base_image_version=None,
    )


def _set(now: Runtime, wanted: Mapping[str, Any], image: Image) -> Runtime:
    uses = wanted.get("use_preinstalled_libraries", now.use_preinstalled_libraries)
    if uses != now.use_preinstalled_libraries:
        require_choice(now, image)
        now = replace(now, use_preinstalled_libraries=uses)
    instances = wanted.get("instances", now.instances)
    if now.scaling is Scaling.STANDARD and "instances" in wanted and instances != 1:
        raise Conflict(
            "A standard app runs one instance.",
            'Convert it first, or send "scaling": "horizontal" along with the number.',
        )
    return replace(now, instances=instances)


def require_choice(now: Runtime, image: Image) -> None:
    """Raise ``Conflict`` unless using the image's libraries or not is for people to say."""
    if now.may_choose and image.is_clean:
        raise Conflict(
            f"The base image {image.name!r} has no pre-installed libraries.", "Choose another base image for the app."
        )
    if now.may_choose:
        return
    if now.scaling is Scaling.STANDARD:
        has = "none" if image.is_clean else "pre-installed libraries"
        raise Conflict(
            f"A standard app has the libraries of its base image, and {image.name!r} has {has}.",
            "Choose another base image, or convert the app to a horizontally scaled one, which may opt out.",
        )
    raise Conflict(
        "This app was horizontally scaled from the start, so it runs on the clean image.",
        "Only an app that was converted from a standard one can have pre-installed libraries.",
    )


def _scaling(value: Any) -> Scaling:
    if value not in Scaling.values:
        raise Invalid(f"{value!r} is no way to scale an app.", 'Say "standard" or "horizontal".')
    return Scaling(value)


def _instances(value: Any) -> int:
    most = settings.MAX_INSTANCES
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise Invalid(f"instances is not a whole number from 1 to {most}.")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Invalid("use_preinstalled_libraries is neither true nor false.")
    return value


def _name(value: Any) -> str:
    if not isinstance(value, str) or not value or len(value) > 63 or "\0" in value:
        raise Invalid("base_image is not the name of a base image.")
    return value


#: What each of ``FIELDS`` may be, taken alone. Raises ``Invalid``.
CHECKS = {
    "scaling": _scaling,
    "instances": _instances,
    "use_preinstalled_libraries": _flag,
    "base_image": _name,
}
