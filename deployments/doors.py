"""What lies behind an app's host name: the app itself, or a draft's preview, and whom it lets in."""

from dataclasses import dataclass

from django.db.models import Q

from deployments.models import Access, App, Deployment, State


@dataclass(frozen=True)
class Door:
    """``app`` comes with its workspace and owner."""

    app: App
    preview: Deployment | None = None

    @property
    def is_open(self) -> bool:
        """Whether everyone may pass. Previews are for members, however open the app is."""
        return self.preview is None and self.app.access == Access.EVERYONE

    @property
    def key(self) -> str:
        """What a visitor's cookie must say: which app or preview, and the epoch of the app's access."""
        return f"{self._name}.{self.app.access_epoch}"

    def is_named_by(self, key: str) -> bool:
        """Whether ``key`` is this door's, in whatever epoch."""
        return key.partition(".")[0] == self._name

    @property
    def _name(self) -> str:
        return f"a-{self.app.uuid.hex}" if self.preview is None else f"p-{self.preview.uuid.hex}"


def find(label: str) -> Door | None:
    """By a host's label, also one that the app had before. ``None`` for one that nothing has."""
    # A label that no host can have is not worth a question, and a NUL in it would be an error of the database's.
    if not label or not label.isascii() or not label.isprintable():
        return None
    known = Q(host_label=label) | Q(host_aliases__host_label=label)
    living = App.objects.living().select_related("workspace", "owner")
    if app := living.filter(known).first():
        return Door(app)
    preview = Deployment.objects.filter(preview_label=label, state=State.READY, app__deleted_at=None).first()
    return Door(living.get(pk=preview.app_id), preview) if preview else None
