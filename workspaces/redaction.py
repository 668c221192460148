"""Keep secret values out of what is printed: a wrapper that never shows its value, a mask for logs."""

import base64
import hmac
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

#: Shorter values would hide half of every log, and are no secrets.
MIN_LENGTH = 4
#: Shorter than any masked value, so the mask cannot itself hold one.
MASK = "***"
HIDDEN = "<redacted>"


class Redacted:
    """A secret value on its way from where it is stored to where it is used. Printing, formatting and
    pickling give nothing away; ``reveal()`` is the one way to the value, and easy to search for."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return HIDDEN

    def __str__(self) -> str:
        return HIDDEN

    def __format__(self, spec: str) -> str:
        return HIDDEN

    def __reduce__(self) -> str:
        raise TypeError("A redacted value cannot be pickled: a queue or a cache would keep it in clear.")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Redacted) and hmac.compare_digest(self._value.encode(), other._value.encode())

    def __hash__(self) -> int:
        return hash(self._value)


class Masker:
    """Replaces every given value of 4 characters or more by ``***``, also where it appears URL-quoted or
    inside base64. A value of several lines is hidden line by line as well.

    ``longest`` is the length in characters of the longest form: who cuts a text must mask it first, and may leave
    a broken value only within so many characters of the cut.
    """

    def __init__(self, values: Iterable[str]) -> None:
        forms = sorted({form for value in values for form in _forms(value)}, key=lambda form: (-len(form), form))
        self.longest = len(forms[0]) if forms else 0
        self._pattern = re.compile("|".join(map(re.escape, forms))) if forms else None

    def mask(self, text: str) -> str:
        if self._pattern is None:
            return text
        pieces, shown_until = [], 0
        for start, end in _merged(self._spans(self._pattern, text)):
            pieces += [text[shown_until:start], MASK]
            shown_until = end
        return "".join(pieces) + text[shown_until:] if pieces else text

    @staticmethod
    def _spans(pattern: re.Pattern[str], text: str) -> Iterator[tuple[int, int]]:
        """The longest form at each place. Values may overlap, so the search goes on inside a match."""
        match = pattern.search(text)
        while match is not None:
            yield match.span()
            match = pattern.search(text, match.start() + 1)


def _merged(spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    current: tuple[int, int] | None = None
    for start, end in spans:
        if current is not None and start < current[1]:
            current = (current[0], max(current[1], end))
            continue
        if current is not None:
            yield current
        current = (start, end)
    if current is not None:
        yield current


def _forms(value: str) -> Iterator[str]:
    for text in {value, value.strip(), *(line.strip() for line in value.splitlines())}:
        if len(text) >= MIN_LENGTH:
            yield text
            yield from _url_quoted(text)
            yield from _base64(text.encode(errors="surrogatepass"))


def _url_quoted(text: str) -> Iterator[str]:
    raw = text.encode(errors="surrogatepass")
    for form in (quote(raw, safe=""), quote(raw), quote_plus(raw)):
        yield form
        yield re.sub("%[0-9A-F]{2}", lambda escape: escape[0].lower(), form)


def _base64(raw: bytes) -> Iterator[str]:
    """What of ``raw`` is recognisable inside base64 of a longer text that holds it.

    It may begin at any of three alignments; characters that also encode a neighbouring byte are left out.
    """
    for before, shared in ((0, 0), (1, 2), (2, 3)):
        whole = (before + len(raw)) * 8 // 6
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            yield encode(bytes(before) + raw).decode()[shared:whole]
