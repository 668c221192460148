"""Paths of workspace files: what they may be called, where they lie, and who may go there.

``/Workspace/Users/a@b.c/app``, ``/Users/a@b.c/app`` and ``Users/a@b.c/app/`` are one path. Everybody has a folder of
their own below /Users, and all share /Shared; an admin of the workspace goes everywhere.
"""

import unicodedata
from dataclasses import dataclass

from django.db.models import Q

from deployments.models import WorkspaceFile
from deployments.source.limits import UnpackLimits
from deployments.source.member_names import NAME_BYTES, REFUSED_CATEGORIES, REFUSED_CHARACTERS
from deployments.source.refusals import quoted
from workspaces.errors import Forbidden, Invalid, NotFound
from workspaces.models import User
from workspaces.principals import Principal

PREFIX, USERS, SHARED = "Workspace", "Users", "Shared"
#: Those of a source: what is deployed from here must fit into an archive.
LIMITS = UnpackLimits()
#: Before a path is looked at more closely.
LONGEST = 4 * LIMITS.path_length


@dataclass(frozen=True)
class Place:
    """Somewhere below the folder of ``owner``, or below the shared one: ``path`` is relative, "" is that folder."""

    owner: User | None
    path: str

    @property
    def parent(self) -> "Place":
        return Place(self.owner, self.path.rpartition("/")[0])

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def is_root(self) -> bool:
        return not self.path

    @property
    def rows(self) -> Q:
        """The row of this very place."""
        return Q(owner=self.owner, path=self.path)

    @property
    def rows_below(self) -> Q:
        """All that lies below, at whatever depth."""
        return Q(owner=self.owner) & (Q() if self.is_root else Q(path__startswith=f"{self.path}/"))

    def named(self, name: str) -> "Place":
        """Its neighbour of that name."""
        folder = self.path.rpartition("/")[0]
        return Place(self.owner, f"{folder}/{name}" if folder else name)

    def __str__(self) -> str:
        return shown(self.owner, self.path)


def shown(owner: User | None, path: str) -> str:
    """As clients know it: "/Users/a@b.c/app"."""
    root = f"/{USERS}/{owner.email}" if owner else f"/{SHARED}"
    return f"{root}/{path}" if path else root


def parts(text: str) -> tuple[str, ...]:
    """The names on the way, without the optional /Workspace. Raises ``Invalid`` for what no file can be called."""
    if len(text) > LONGEST:
        raise Invalid(f"The path {quoted(text)} is longer than {LIMITS.path_length} bytes.", "Shorten the names.")
    if _has_refused_characters(text):
        raise Invalid(f"The path {quoted(text)} holds a control character.", "Rename the file.")
    names = [name for name in text.split("/") if name not in ("", ".")]
    if ".." in names:
        raise Invalid(f"The path {quoted(text)} holds '..'.", "Write the path without it.")
    return tuple(names[1:] if names[:1] == [PREFIX] else names)


def above_homes(text: str) -> tuple[str, ...] | None:
    """``()`` of "/", ``("Users",)`` of "/Users", which are nobody's; ``None`` of all other paths."""
    names = parts(text)
    return names if names in ((), (USERS,)) else None


def to_read(principal: Principal, text: str) -> Place:
    """Raises ``NotFound``, also for what is somebody else's: it does not even exist for others."""
    place = _place(principal, parts(text))
    if place is None:
        raise missing(text)
    return place


def to_write(principal: Principal, text: str) -> Place:
    """Raises ``Forbidden`` for every place that is not the principal's or shared, whether or not it exists."""
    names = parts(text)
    place = _place(principal, names)
    if place is None:
        raise Forbidden(
            f"You may not write to {quoted(text)}.",
            f"Your own folder is /{PREFIX}{shown(principal.user, '')}, and /{PREFIX}/{SHARED} is for all.",
        )
    _check_length(text, place)
    return place


def missing(text: str) -> NotFound:
    return NotFound(f"Path ({_cut(text)}) doesn't exist.")


def _place(principal: Principal, names: tuple[str, ...]) -> Place | None:
    if names[:1] == (SHARED,):
        return Place(None, "/".join(names[1:]))
    if len(names) > 1 and names[0] == USERS:
        owner = _owner(principal, names[1].lower())
        return Place(owner, "/".join(names[2:])) if owner else None
    return None


def _owner(principal: Principal, email: str) -> User | None:
    """Theirs, or for an admin that of anybody who is or was a member."""
    if email == principal.user.email.lower():
        return principal.user
    if not principal.is_admin:
        return None
    return User.objects.filter(email=email, memberships__workspace=principal.workspace).first()


def owners(principal: Principal) -> list[User]:
    """Whose folders the principal may see."""
    found = [principal.user]
    if principal.is_admin:
        rows = WorkspaceFile.objects.visible_to(principal).exclude(owner=None).exclude(owner=principal.user)
        found += User.objects.filter(pk__in=rows.values("owner"))
    return sorted(found, key=lambda user: user.email)


def _check_length(text: str, place: Place) -> None:
    names = place.path.split("/")
    if len(names) > LIMITS.depth:
        raise Invalid(f"The path {quoted(text)} is more than {LIMITS.depth} folders deep.", "Nest the folders less.")
    if len(place.path.encode()) > LIMITS.path_length:
        raise Invalid(f"The path {quoted(text)} is longer than {LIMITS.path_length} bytes.", "Shorten the names.")
    if any(len(name.encode()) > NAME_BYTES for name in names):
        raise Invalid(f"The path {quoted(text)} holds a name longer than {NAME_BYTES} bytes.", "Shorten the name.")


def _has_refused_characters(text: str) -> bool:
    categories = {unicodedata.category(character) for character in text}
    return bool(categories & REFUSED_CATEGORIES or REFUSED_CHARACTERS & set(text))


def _cut(text: str) -> str:
    return quoted(text)[1:-1]
