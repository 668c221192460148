"""Sealing the rows of secrets with the platform's keys.

The keys are read at each use, so that new ones serve at once in every process.
"""

from django.conf import settings

from workspaces.encryption import KeyRing
from workspaces.models import Secret, SecretScope


def key_ring() -> KeyRing:
    """The platform's keys. Raises ``BadKeys``, whose text is the operator's alone: it names the file."""
    return KeyRing.from_file(settings.SECRET_KEYS_FILE)


def place(scope: SecretScope, key: str) -> bytes:
    """Where a value belongs, as associated data: ``secret:<workspace uuid>:<scope uuid>:<key>``.

    The scope's uuid and not its name: what was copied out of a deleted scope opens in none that is made after it.
    """
    return f"secret:{scope.workspace.uuid}:{scope.uuid}:{key}".encode()


def seal(scope: SecretScope, key: str, value: bytes) -> bytes:
    return key_ring().seal(value, place(scope, key))


def unseal(secret: Secret) -> bytes:
    """The value of a row whose scope is loaded. Raises ``CannotOpen`` and ``BadKeys``."""
    return key_ring().open(bytes(secret.sealed), place(secret.scope, secret.key))
