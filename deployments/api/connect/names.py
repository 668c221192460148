"""Names of content: wider there than a DNS label, which an app's name is here."""

import hashlib
from uuid import uuid4

from deployments.operations.apps import RESERVED
from workspaces import slugs

#: Of a name's digest, where the name is longer than a label: names that differ at their end alone stay different.
DIGEST_DIGITS = 8


def app_name(name: str) -> str:
    """The app's name for what a client calls its content: "my_app" is "my-app".

    rsconnect looks for a free name among my_app, my_app1, …: no two of these may be one.
    """
    label = slugs.to_label(name)
    if len(name) > slugs.MAX_LABEL:
        digest = hashlib.sha256(name.encode(errors="replace")).hexdigest()[:DIGEST_DIGITS]
        return f"{label[: slugs.MAX_LABEL - DIGEST_DIGITS - 1].rstrip('-')}-{digest}".lstrip("-")
    return f"{label}-app" if label in RESERVED else label


def some_app_name() -> str:
    """For content that its client gives no name."""
    return f"app-{uuid4().hex[:8]}"
