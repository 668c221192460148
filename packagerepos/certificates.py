"""Certificates of private indexes: PEM text in, checked and described."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----.*?-----END \1-----", re.DOTALL)
MAX_NAME = 100


class BadCertificates(Exception):
    """The text cannot be trusted as it is; ``hint`` says what helps. The text itself is never repeated."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True)
class Certificate:
    """One of them: whose it is, who signed it, until when it holds, and which hosts may show it."""

    subject: str
    issuer: str
    expires_at: datetime
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Certificates:
    """``pem`` holds the certificates alone, one after the other."""

    pem: str
    found: tuple[Certificate, ...]


def read_certificates(text: str, *, now: datetime | None = None, check_dates: bool = True) -> Certificates:
    """The certificates of a PEM text. Raises ``BadCertificates``: for none, a private key, an expired one.

    A whole bundle of public roots may hold old ones, which harm nobody: there ``check_dates`` is false.
    """
    kinds = [match[1] for match in BLOCK.finditer(text)]
    if any(kind.endswith("PRIVATE KEY") for kind in kinds) or "PRIVATE KEY-----" in text:
        raise BadCertificates(
            "There is a private key in the text.",
            "Give the certificate alone, and consider the key known: everybody who may read the scope could see it.",
        )
    if "CERTIFICATE" not in kinds:
        raise BadCertificates(
            "This is no certificate in PEM form.",
            "It begins with -----BEGIN CERTIFICATE----- and ends with -----END CERTIFICATE-----.",
        )
    try:
        parsed = x509.load_pem_x509_certificates(text.encode())
    except ValueError:
        raise BadCertificates(
            "The certificate is damaged and cannot be read.", "Copy the whole file again, with every line."
        ) from None
    found = tuple(_described(each) for each in parsed)
    for each in found if check_dates else ():
        if each.expires_at <= (now or datetime.now(UTC)):
            raise BadCertificates(
                f"The certificate of {each.subject} expired on {each.expires_at:%d %B %Y}.",
                "Ask whoever runs the index for the one that replaced it.",
            )
    pem = "".join(each.public_bytes(Encoding.PEM).decode() for each in parsed)
    return Certificates(pem, found)


def read_der(der: bytes) -> Certificate | None:
    """The certificate that a server showed, if it can be read."""
    try:
        return _described(x509.load_der_x509_certificate(der))
    except ValueError:
        return None


def _described(certificate: x509.Certificate) -> Certificate:
    return Certificate(
        _name(certificate.subject), _name(certificate.issuer), certificate.not_valid_after_utc, _hosts(certificate)
    )


def _name(name: x509.Name) -> str:
    common = name.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return _shown(str(common[0].value) if common else name.rfc4514_string()) or "(no name)"


def _hosts(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return ()
    found = [*names.get_values_for_type(x509.DNSName), *map(str, names.get_values_for_type(x509.IPAddress))]
    return tuple(_shown(name) for name in found)


def _shown(text: str) -> str:
    """A stranger wrote it: one short line of it is enough."""
    return "".join(letter for letter in text if letter.isprintable())[:MAX_NAME]
