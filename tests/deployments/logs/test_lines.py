from hypothesis import given, settings
from hypothesis import strategies as st

from deployments.logs.lines import CUT, MAX_TEXT_CHARS, Line, clean, decode, encode

UNTIMED = settings(deadline=None)
ANY_TEXT = st.text(st.characters(codec=None), max_size=200)


class TestEncode:
    def test_writes_time_source_and_text(self) -> None:
        line = Line(1763710530.1234, "web-1", "Listening on port 20001")

        assert encode(line) == b"1763710530.123 web-1 Listening on port 20001\n"

    @UNTIMED
    @given(ANY_TEXT, ANY_TEXT)
    def test_makes_one_line_of_whatever_text(self, source: str, text: str) -> None:
        raw = encode(Line(1.0, source, text))

        assert raw.count(b"\n") == 1
        assert raw.endswith(b"\n")
        decoded = decode(raw)
        assert decoded is not None
        assert decoded.text == clean(text)

    def test_lets_no_text_forge_a_line(self) -> None:
        raw = encode(Line(1.0, "a b\n", "x\n2.000 root forged\r\n"))

        assert raw == "1.000 a_b_ x�2.000 root forged��\n".encode()


class TestDecode:
    @UNTIMED
    @given(st.binary(max_size=80))
    def test_survives_whatever_a_crash_left(self, raw: bytes) -> None:
        decode(raw)

    def test_keeps_the_blanks_of_a_text(self) -> None:
        assert decode(encode(Line(1.0, "a", "  in  \t d "))) == Line(1.0, "a", "  in  \t d ")


class TestClean:
    def test_removes_what_would_move_a_terminal(self) -> None:
        assert (
            clean("\x1b[1;31mred\x1b[0m \x1b]0;title\x07\x1b]8;;http://x\x1b\\link\x1b[2J\x1b[H\x1bc.") == "red link."
        )

    def test_shows_what_is_hidden(self) -> None:
        assert clean("a\x00b\x08c\x7f\u202ed\u2028e\tf") == "a�b�c��d�e\tf"

    def test_cuts_a_long_text(self) -> None:
        assert clean("x" * 10**6) == "x" * MAX_TEXT_CHARS + CUT
