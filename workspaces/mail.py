"""Sending mail beside the answer to a request."""

import logging
from threading import Thread

from django.core.mail import EmailMessage

log = logging.getLogger(__name__)
#: The threads' name, for whoever waits for them.
THREAD = "mail"


def send(message: EmailMessage) -> Thread:
    """Begin sending. How long the answer takes must not tell whether there was somebody to write to."""
    thread = Thread(target=_deliver, args=[message], name=THREAD, daemon=True)
    thread.start()
    return thread


def _deliver(message: EmailMessage) -> None:
    try:
        message.send()
    except Exception:
        log.exception("Mail %r could not be sent", message.subject)
