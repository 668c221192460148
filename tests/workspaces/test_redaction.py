"""Masks, as properties: whatever the values and the text around them, no value is left."""

import base64
import json
import pickle
import re
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workspaces.redaction import MASK, MIN_LENGTH, Masker, Redacted

# Without the mask's own character and lone surrogates, which no environment variable holds.
TEXT = st.text(st.characters(exclude_characters="*", exclude_categories=["Cs"]), max_size=30)
ONE_LINE = st.text(st.characters(exclude_characters="*", exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=30)
SECRET = ONE_LINE.filter(lambda value: len(value.strip()) >= MIN_LENGTH)
#: How busy the machine is says nothing about the mask.
UNTIMED = settings(deadline=None)
BYTES = st.binary(max_size=12)


class TestMask:
    @UNTIMED
    @given(TEXT, SECRET, TEXT)
    def test_hides_a_value_anywhere(self, before: str, value: str, after: str) -> None:
        assert value not in Masker([value]).mask(before + value + after)

    @UNTIMED
    @given(TEXT, st.lists(SECRET, max_size=5), TEXT)
    def test_hides_all_of_several_values(self, before: str, values: list[str], after: str) -> None:
        masked = Masker(values).mask(before + "".join(values) + after)

        assert not [value for value in values if value in masked]

    @UNTIMED
    @given(SECRET)
    def test_hides_it_url_quoted(self, value: str) -> None:
        masker = Masker([value])

        for form in (quote(value), quote(value, safe=""), quote_plus(value)):
            for spelled in (form, re.sub("%..", lambda escape: escape[0].lower(), form)):
                assert spelled not in masker.mask(f"https://u:{spelled}@host")

    @UNTIMED
    @given(BYTES, SECRET, BYTES)
    def test_hides_it_in_base64_at_every_alignment(self, before: bytes, value: str, after: bytes) -> None:
        masker, raw = Masker([value]), value.encode()

        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            text = encode(before + raw + after).decode()
            masked = masker.mask(text)

            assert MASK in masked
            # At each end, up to three characters share bits with what stands beside the value.
            left = len(masked.partition(MASK)[0])
            assert left <= len(before) * 8 // 6 + 2

    @UNTIMED
    @given(st.lists(SECRET, min_size=2, max_size=4), TEXT)
    def test_hides_the_lines_of_a_value_one_by_one(self, lines: list[str], before: str) -> None:
        masker = Masker(["\n".join(lines)])

        for line in lines:
            assert line.strip() not in masker.mask(before + line)

    @UNTIMED
    @given(TEXT)
    def test_changes_nothing_without_values(self, text: str) -> None:
        assert Masker(["", "abc", " a "]).mask(text) == text

    def test_hides_overlapping_values_to_their_ends(self) -> None:
        assert Masker(["abcdef", "defghi", "cdef"]).mask("xabcdefghiy") == f"x{MASK}y"

    def test_hides_the_longer_of_two_that_begin_alike(self) -> None:
        assert Masker(["token", "token-extended"]).mask("<token-extended>") == f"<{MASK}>"

    def test_treats_a_value_as_text_and_not_as_a_pattern(self) -> None:
        assert Masker(["a.c[1]+"]).mask("abc[1]+ a.c[1]+") == f"abc[1]+ {MASK}"


class TestRedacted:
    @pytest.mark.parametrize("show", [str, repr, "{}".format, "{!r:>40}".format, lambda value: f"{[value]}"])
    def test_never_shows_its_value(self, show: object) -> None:
        assert "hunter2" not in show(Redacted("hunter2"))

    def test_is_neither_pickled_nor_serialised(self) -> None:
        with pytest.raises(TypeError, match="cannot be pickled"):
            pickle.dumps(Redacted("hunter2"))
        with pytest.raises(TypeError):
            json.dumps(Redacted("hunter2"))

    def test_reveals_and_compares_its_value(self) -> None:
        assert Redacted("hunter2").reveal() == "hunter2"
        assert Redacted("hunter2") == Redacted("hunter2") != Redacted("hunter3")
        assert Redacted("hunter2") != "hunter2"
