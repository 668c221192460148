"""The secrets of people's authenticator apps, sealed like all others."""

import base64

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator

from workspaces.encryption import CannotOpen
from workspaces.sealing import key_ring

#: What is sealed here opens nowhere else. Whose it is cannot be said: the library does not tell.
PLACE = b"second factor"


class SecondFactors(DefaultMFAAdapter):  # type: ignore[misc]
    def encrypt(self, text: str) -> str:
        return base64.b64encode(key_ring().seal(text.encode(), PLACE)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return key_ring().open(base64.b64decode(encrypted_text), PLACE).decode()


def reseal() -> int:
    """Seal with the first key whatever another one sealed; how many secrets that were. Raises ``CannotOpen``."""
    return sum(_reseal(row) for row in Authenticator.objects.order_by("pk").iterator())


def unopenable() -> int:
    """How many secrets no key of the ring opens."""
    return sum(not _opens(sealed) for row in Authenticator.objects.iterator() for sealed in _secrets(row).values())


def _secrets(row: Authenticator) -> dict[str, str]:
    """The sealed texts of an authenticator by their names: an app has ``secret``, recovery codes have ``seed``."""
    return {name: row.data[name] for name in ("secret", "seed") if name in row.data}


def _reseal(row: Authenticator) -> int:
    ring, adapter = key_ring(), SecondFactors()
    old = {name: text for name, text in _secrets(row).items() if not ring.is_current(base64.b64decode(text))}
    if not old:
        return 0
    new = row.data | {name: adapter.encrypt(adapter.decrypt(text)) for name, text in old.items()}
    # Whoever has changed it meanwhile has sealed it with the first key.
    return int(Authenticator.objects.filter(pk=row.pk, data=row.data).update(data=new))


def _opens(sealed: str) -> bool:
    try:
        SecondFactors().decrypt(sealed)
    except CannotOpen:
        return False
    return True
