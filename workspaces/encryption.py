"""Seal values with AES-GCM under the first key of a ring, and open them with whichever key sealed them.

Kept light to import: every start of an instance opens its secrets with this module.
"""

import binascii
import hashlib
import os
import stat

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
#: The sizes that a sealed value begins with: a version byte, the id of the key, the nonce.
KEY_ID_BYTES = 4
NONCE_BYTES = 12
VERSION = b"\x01"
HEADER_BYTES = len(VERSION) + KEY_ID_BYTES + NONCE_BYTES
#: Version and key id: by its mark alone a sealed value says which key made it.
MARK_BYTES = len(VERSION) + KEY_ID_BYTES
#: AES-GCM's own mark at the end of what it encrypts.
TAG_BYTES = 16


class BadKeys(Exception):
    """The keys cannot be used; the text says why and what helps. For the operator: it names the file."""


class CannotOpen(Exception):
    """A sealed value does not open: its key is not in the ring, it was changed, or it belongs elsewhere."""


def generate_key() -> str:
    """A new key as one line of a key file, 64 hexadecimal digits."""
    return os.urandom(KEY_BYTES).hex()


class KeyRing:
    """Keys in order: the first seals, all open. A sealed value names the key that made it.

    ``associated_data`` says where a value belongs (workspace, scope, key); it is not stored, and a
    value copied to another place does not open there.
    """

    def __init__(self, keys: list[bytes]) -> None:
        if not keys:
            raise BadKeys("There is no key. Give at least one line made by generate_key().")
        self._sealing_id = _key_id(keys[0])
        self._ciphers = {_key_id(key): AESGCM(key) for key in keys}

    @classmethod
    def from_text(cls, text: str, origin: str = "The list of secret keys") -> "KeyRing":
        """Read one key of 64 hexadecimal digits per line; commas separate too, ``#`` begins a comment.

        Raises ``BadKeys``, which never repeats a key.
        """
        lines = [line.split("#")[0].strip() for line in text.replace(",", "\n").split("\n")]
        return cls([_parse(line, number, origin) for number, line in enumerate(lines, start=1) if line])

    @classmethod
    def from_file(cls, path: str | os.PathLike[str]) -> "KeyRing":
        """Read a key file that nobody but its owner may read. Raises ``BadKeys``."""
        name = os.fspath(path)
        try:
            with open(name, encoding="utf-8") as file:
                mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
                if mode & 0o077:
                    raise BadKeys(f"The key file {name} can be read by others (mode {mode:04o}). Run: chmod 600 {name}")
                text = file.read()
        except FileNotFoundError:
            raise BadKeys(
                f"The key file {name} does not exist. Restore it from your backup: nothing else opens what it sealed."
            ) from None
        except (OSError, UnicodeDecodeError) as error:
            raise BadKeys(f"The key file {name} cannot be read ({_reason(error)}).") from None
        return cls.from_text(text, f"The key file {name}")

    def seal(self, value: bytes, associated_data: bytes) -> bytes:
        """``value`` encrypted under the first key with a fresh nonce."""
        nonce = os.urandom(NONCE_BYTES)
        header = VERSION + self._sealing_id + nonce
        return header + self._ciphers[self._sealing_id].encrypt(nonce, value, header + associated_data)

    def open(self, sealed: bytes, associated_data: bytes) -> bytes:
        """What was given to ``seal`` with the same ``associated_data``. Raises ``CannotOpen``."""
        header, ciphertext = sealed[:HEADER_BYTES], sealed[HEADER_BYTES:]
        if len(ciphertext) < TAG_BYTES or not header.startswith(VERSION):
            raise CannotOpen("This is not a value that Slipway sealed.")
        cipher = self._ciphers.get(_key_id_of(header))
        if cipher is None:
            key_id = _key_id_of(header).hex()
            raise CannotOpen(f"The key that sealed this value ({key_id}) is not in the ring. Add it after the first.")
        try:
            return cipher.decrypt(header[-NONCE_BYTES:], ciphertext, header + associated_data)
        except InvalidTag:
            raise CannotOpen("This sealed value was changed, or was moved from where it belongs.") from None

    @property
    def mark(self) -> bytes:
        """What every value that the first key seals begins with."""
        return VERSION + self._sealing_id

    def is_current(self, sealed: bytes) -> bool:
        """Whether the first key sealed this value; after a rotation, the others are to be sealed again."""
        return sealed.startswith(self.mark)

    def has_key_of(self, sealed: bytes) -> bool:
        """Whether a key of the ring made this mark, or the value that begins with it."""
        return sealed.startswith(VERSION) and _key_id_of(sealed) in self._ciphers


def _parse(line: str, number: int, origin: str) -> bytes:
    try:
        key = binascii.unhexlify(line)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise BadKeys(f"{origin} has no valid key on line {number}: a key is {2 * KEY_BYTES} hexadecimal digits.")
    return key


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(b"slipway key id" + key).digest()[:KEY_ID_BYTES]


def _key_id_of(sealed: bytes) -> bytes:
    return sealed[len(VERSION) : len(VERSION) + KEY_ID_BYTES]


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or "it is not text"
