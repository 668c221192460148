"""Is an answer the page of a package index, or merely a page?"""

import json
import re
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

#: The pages of PEP 691 and PEP 503, the newer one first.
ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"
ARCHIVES = (".whl", ".tar.gz", ".tar.bz2", ".tar.xz", ".tgz", ".zip", ".egg")
#: What the pages of indexes are headed, by their own standard or by habit.
TITLE = re.compile(
    r"links for|simple (package )?(index|repository)|index of|package index|: simple list", re.IGNORECASE
)


@dataclass(frozen=True)
class Page:
    """The beginning of an answer's body; ``is_whole`` is false when there was more of it."""

    content_type: str
    text: str
    is_whole: bool = True

    @property
    def kind(self) -> str:
        """What a reader would call it."""
        kind = self.content_type.partition(";")[0].strip().lower()
        return "HTML" if "html" in kind else "JSON" if "json" in kind else "something that is no page"

    def is_of_an_index(self) -> bool:
        """Whether it lists the files of a package, or packages."""
        if self.kind == "JSON":
            return self._is_json_of_an_index()
        return self.kind == "HTML" and _is_html_of_an_index(self.text)

    def _is_json_of_an_index(self) -> bool:
        if not self.is_whole:
            # A long page cannot be read as JSON from its beginning.
            return re.match(r'\s*\{.*"(files|projects|api-version)"\s*:', self.text, re.DOTALL) is not None
        try:
            found = json.loads(self.text)
        except ValueError:
            return False
        return isinstance(found, dict) and any(isinstance(found.get(key), list) for key in ("files", "projects"))


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.title = ""
        self.says_so = False
        self._in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self._in_title = tag in {"title", "h1"}
        if tag == "a" and values.get("href"):
            self.links.append(values["href"] or "")
        if tag == "meta" and (values.get("name") or "").startswith("pypi:"):
            self.says_so = True

    def handle_endtag(self, tag: str) -> None:
        self._in_title = False

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title += data


def _is_html_of_an_index(text: str) -> bool:
    reader = _Reader()
    reader.feed(text)
    if reader.says_so or TITLE.search(reader.title):
        return True
    return any(_path(link).endswith(ARCHIVES) for link in reader.links)


def _path(link: str) -> str:
    try:
        return unquote(urlsplit(link).path).lower()
    except ValueError:
        return ""
