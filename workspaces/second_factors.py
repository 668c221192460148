"""The secrets of people's authenticator apps, sealed like all others."""

import base64
from dataclasses import dataclass

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator

from workspaces.encryption import CannotOpen, KeyRing
from workspaces.sealing import key_ring

#: What is sealed here opens nowhere else. Whose it is cannot be said: the library does not tell.
PLACE = b"second factor"


class SecondFactors(DefaultMFAAdapter):  # type: ignore[misc]
    def encrypt(self, text: str) -> str:
        return base64.b64encode(key_ring().seal(text.encode(), PLACE)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return key_ring().open(base64.b64decode(encrypted_text), PLACE).decode()


@dataclass(frozen=True)
class Outcome:
    """Counts of authenticators: an app is one, a set of recovery codes another."""

    resealed: int
    lost: int


def reseal(ring: KeyRing) -> Outcome:
    """Seal with the first key whatever another one sealed. What no key opens stays as it is."""
    resealed = lost = 0
    for row in Authenticator.objects.order_by("pk").iterator():
        try:
            resealed += _reseal(row, ring)
        except CannotOpen:
            lost += 1
    return Outcome(resealed, lost)


def _reseal(row: Authenticator, ring: KeyRing) -> int:
    """An app keeps its ``secret``, recovery codes their ``seed``; either is sealed."""
    sealed = {name: base64.b64decode(row.data[name]) for name in ("secret", "seed") if name in row.data}
    old = {name: value for name, value in sealed.items() if not ring.is_current(value)}
    if not old:
        return 0
    new = {name: base64.b64encode(ring.seal(ring.open(value, PLACE), PLACE)).decode() for name, value in old.items()}
    # Whoever has changed it meanwhile has sealed it with the first key.
    return int(Authenticator.objects.filter(pk=row.pk, data=row.data).update(data=row.data | new))
