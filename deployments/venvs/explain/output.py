"""Reading what uv prints.

The end of it looks like this::

    error: No solution found when resolving dependencies
      cause: Because flask==3.0.0 depends on werkzeug>=3.0.0 and you require flask==3.0.0, we can conclude that …
             And because you require werkzeug<2, we can conclude that your requirements are unsatisfiable.
    hint: …
"""

import re
from urllib.parse import urlsplit

#: Of what it says, this much is repeated to people.
SHOWN_CHARACTERS = 1200


def joined(output: str) -> str:
    """Explanations are wrapped over lines; one line each is easier to match. A build's own lines stay apart."""
    return re.sub(r"cause: Because [^\n]*(?:\n {9,}\S[^\n]*)+", lambda match: re.sub(r"\n {9,}", " ", match[0]), output)


def last_error(text: str) -> str:
    lines = [line for line in text.splitlines() if line.startswith("error:") or line.lstrip().startswith("cause:")]
    words = " ".join(line.strip().removeprefix("error:").removeprefix("cause:").strip() for line in lines[-2:])
    return (words or "no reason was given.")[:SHOWN_CHARACTERS]


def host(text: str) -> str:
    """Of the first address in ``text``, or words for it."""
    match = re.search(r"https?://[^\s`)]+", text)
    return urlsplit(match[0]).hostname or "the index" if match else "the index"
