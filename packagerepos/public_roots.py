"""The certificates that are trusted without anybody's asking: this machine's, or where it has none, Mozilla's."""

from pathlib import Path

import certifi

#: Where systems keep them, so that a proxy or company CA that the machine trusts works in builds too.
BUNDLES = (Path("/etc/ssl/certs/ca-certificates.crt"), Path("/etc/ssl/cert.pem"), Path("/etc/ssl/ca-bundle.pem"))


def of_machine() -> Path | None:
    """The machine's own bundle, if it has one."""
    return next((path for path in BUNDLES if path.is_file()), None)


def path() -> Path:
    return of_machine() or Path(certifi.where())


def with_added(certificates: str) -> str:
    """A bundle in which ``certificates`` (PEM) stand besides the public ones: most tools take one bundle for all."""
    return f"{path().read_text('utf-8').rstrip()}\n{certificates}"
