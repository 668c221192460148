"""Say why a port cannot be listened on."""

import errno
import socket


def why_unavailable(address: str, port: int) -> str | None:
    """The sentence for the operator, or ``None`` when the port could be taken now."""
    try:
        with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as trial:
            # As servers do, so that connections closed a moment ago do not count as somebody's use.
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind((address, port))
            trial.listen(1)
    except OSError as error:
        return _sentence(error, address, port)
    return None


def _sentence(error: OSError, address: str, port: int) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return f"Port {port} is used by another program. Stop that program, or set SLIPWAY_PORT to a free port."
        case errno.EACCES:
            return f"This user may not listen on port {port}. Set SLIPWAY_PORT to a port above 1023."
        case errno.EADDRNOTAVAIL:
            return f"This machine has no address {address} to listen on. Choose another address."
    return f"The proxy cannot listen on {address}:{port}: {error.strerror}."
