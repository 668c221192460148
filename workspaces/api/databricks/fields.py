"""Reading what a client sends. Fields that nobody knows are ignored: a newer client may have more of them."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from workspaces.errors import Invalid


def text(data: Mapping[str, Any], name: str) -> str:
    """A text that must be there. Raises ``Invalid``."""
    value = optional_text(data, name)
    if value is None:
        raise Invalid(f"Missing required field: {name}.")
    return value


def optional_text(data: Mapping[str, Any], name: str) -> str | None:
    """A name, a label; without NUL, which no name holds and the database would stumble over."""
    value = data.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or "\0" in value:
        raise Invalid(f"The field {name!r} is not a text.")
    return value


def base64_bytes(data: Mapping[str, Any], name: str) -> bytes:
    try:
        return base64.b64decode(text(data, name), validate=True)
    except (ValueError, binascii.Error) as error:
        raise Invalid(
            f"The field {name!r} is not base64.", "Encode the bytes with the standard alphabet and padding."
        ) from error
