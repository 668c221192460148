"""Trust in a server's certificate, and words for one that cannot be trusted."""

import socket
import ssl
from contextlib import closing

from packagerepos import public_roots
from packagerepos.certificates import Certificate, read_der

#: Numbers of OpenSSL's verification (x509_vfy.h) that have a better sentence than the others.
NOT_YET_VALID, EXPIRED, SELF_SIGNED, SELF_SIGNED_IN_CHAIN, WRONG_HOST, WRONG_IP = 9, 10, 18, 19, 62, 64
#: A certificate may name hundreds of hosts.
SHOWN_HOSTS = 3


def context(certificates: str, *, verifies: bool = True) -> ssl.SSLContext:
    """What builds trust: the public roots and ``certificates`` (PEM) besides them."""
    if not verifies:
        return _trusting_all()
    made = ssl.create_default_context(cafile=str(public_roots.path()))
    if certificates:
        made.load_verify_locations(cadata=certificates)
    # As the resolver: what somebody trusts need not be a root, and small faults of form in a company's CA pass.
    made.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    made.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return made


def _trusting_all() -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    return made


def shown_certificate(connection: socket.socket, host: str) -> Certificate | None:
    """The certificate that a server shows on a new connection, trusted or not. Nothing is sent to it."""
    try:
        with closing(_trusting_all().wrap_socket(connection, server_hostname=host)) as secure:
            der = secure.getpeercert(binary_form=True)
    except (OSError, ValueError):
        return None
    return read_der(der) if der else None


def complaint(error: ssl.SSLError, host: str, shown: Certificate | None) -> tuple[str, str]:
    """What is wrong with the TLS of ``host``, whose certificate is ``shown``, and what helps."""
    if not isinstance(error, ssl.SSLCertVerificationError):
        return (
            f"No encrypted connection to {host} is possible.",
            "Check that the port speaks https; a plain http server needs an address that begins with http://.",
        )
    which = f"the certificate of {shown.subject}, issued by {shown.issuer}" if shown else "a certificate"
    fault, hint = _fault(error.verify_code, shown)
    return f"{host} shows {which}: it {fault}.", hint


def _fault(code: int, shown: Certificate | None) -> tuple[str, str]:
    renew = "Whoever runs the index must renew it."
    trust = "Add the certificate of the authority that signed it."
    if code == EXPIRED:
        return (f"expired on {shown.expires_at:%d %B %Y}" if shown else "has expired"), renew
    if code == NOT_YET_VALID:
        return "is not valid yet", "Compare the clocks of the index and of this platform."
    if code in {WRONG_HOST, WRONG_IP}:
        hosts = ", ".join(shown.hosts[:SHOWN_HOSTS]) if shown else ""
        return f"is for {hosts or 'another host'}", "Write the host as the certificate names it."
    if code == SELF_SIGNED:
        return "is signed by itself and not trusted here", "Add this certificate, if it is the one you expect."
    if code == SELF_SIGNED_IN_CHAIN:
        return "is signed by an authority of its own that is not trusted here", trust
    return "is signed by an authority that is not trusted here", trust
