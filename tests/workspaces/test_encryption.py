"""Sealing with a real key file."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workspaces.encryption import BadKeys, CannotOpen, KeyRing, generate_key

UNTIMED = settings(deadline=None)
OLD, NEW = generate_key(), generate_key()


class TestKeyRing:
    @UNTIMED
    @given(st.binary(max_size=200), st.binary(max_size=50))
    def test_opens_what_it_sealed(self, value: bytes, place: bytes) -> None:
        ring = KeyRing.from_text(NEW)

        assert ring.open(ring.seal(value, place), place) == value

    def test_never_seals_twice_alike(self) -> None:
        ring = KeyRing.from_text(NEW)

        assert len({ring.seal(b"value", b"place") for _ in range(100)}) == 100

    def test_opens_nothing_that_was_moved(self) -> None:
        ring = KeyRing.from_text(NEW)

        with pytest.raises(CannotOpen, match="moved"):
            ring.open(ring.seal(b"value", b"workspace 1"), b"workspace 2")

    @UNTIMED
    @given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
    def test_opens_nothing_that_was_changed(self, position: int, difference: int) -> None:
        ring = KeyRing.from_text(NEW)
        sealed = bytearray(ring.seal(b"value", b""))
        sealed[position % len(sealed)] ^= difference

        with pytest.raises(CannotOpen):
            ring.open(bytes(sealed), b"")

    @UNTIMED
    @given(st.binary(max_size=60))
    def test_opens_nothing_foreign(self, sealed: bytes) -> None:
        with pytest.raises(CannotOpen):
            KeyRing.from_text(NEW).open(sealed, b"")

    def test_opens_with_the_old_keys_and_seals_with_the_first(self) -> None:
        sealed = KeyRing.from_text(OLD).seal(b"value", b"")
        ring = KeyRing.from_text(f"{NEW},{OLD}")

        assert ring.open(sealed, b"") == b"value"
        assert not ring.is_current(sealed)
        assert ring.is_current(ring.seal(b"value", b""))

    def test_names_the_key_that_is_missing(self) -> None:
        sealed = KeyRing.from_text(OLD).seal(b"value", b"")

        with pytest.raises(CannotOpen, match=r"\([0-9a-f]{8}\) is not in the ring"):
            KeyRing.from_text(NEW).open(sealed, b"")


class TestFromFile:
    def test_reads_keys_and_comments(self, tmp_path: Path) -> None:
        path = tmp_path / "keys"
        path.write_text(f"# made in May\n{NEW}\n\n{OLD}  # until July\n")
        path.chmod(0o600)

        assert KeyRing.from_file(path).open(KeyRing.from_text(OLD).seal(b"value", b""), b"") == b"value"

    @pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
    def test_refuses_a_file_that_others_can_read(self, tmp_path: Path, mode: int) -> None:
        path = tmp_path / "keys"
        path.write_text(NEW)
        path.chmod(mode)

        with pytest.raises(BadKeys, match="chmod 600"):
            KeyRing.from_file(path)

    def test_says_that_the_file_is_missing(self, tmp_path: Path) -> None:
        with pytest.raises(BadKeys, match="does not exist"):
            KeyRing.from_file(tmp_path / "keys")

    @pytest.mark.parametrize(
        "content",
        [b"", b"# nothing\n", b"\xff\xfe", NEW[:-1].encode(), b"z" * 64, b"secret" * 20],
        ids=["empty", "a comment", "binary", "too short", "no digits", "too long"],
    )
    def test_refuses_what_holds_no_key_without_repeating_it(self, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / "keys"
        path.write_bytes(content)
        path.chmod(0o600)

        with pytest.raises(BadKeys) as caught:
            KeyRing.from_file(path)

        assert len(content) < 20 or content.decode() not in str(caught.value)
