"""Discovery documents: resources under a version that is the hash of what they say."""

import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

Json = dict[str, Any]


def document(resources: Iterable[Json]) -> Json:
    """``resources`` as Envoy reads them from a file. Equal content has the equal version, also after a crash."""
    listed = list(resources)
    digest = hashlib.sha256(json.dumps(listed, sort_keys=True).encode()).hexdigest()
    return {"version_info": digest[:16], "resources": listed}


def union(first: Json, second: Json) -> Json:
    """Every named resource of both; of two with the same name, that of ``second``."""
    by_name = {resource["name"]: resource for resource in (*first["resources"], *second["resources"])}
    return document(by_name[name] for name in sorted(by_name))


def read(path: Path) -> Json | None:
    """The document in a file, or ``None`` when there is none whole."""
    try:
        content = json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def write(path: Path, content: Json) -> None:
    """Put ``content`` in place by one rename: who reads the file sees the old or the new, never a part."""
    # Not synced to disk: after a power cut every file is written anew before Envoy starts.
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_text(json.dumps(content, indent=1))
    os.replace(fresh, path)
