"""Reading the secrets of an app that starts, as the app and by its own grants."""

import logging
from collections.abc import Mapping

from django.db import transaction

from deployments.failures import Failure, FailureKind
from deployments.models import App, Deployment, SecretReference
from deployments.operations import secret_references
from workspaces import principals
from workspaces.encryption import BadKeys
from workspaces.errors import PlatformError
from workspaces.operations import secrets

log = logging.getLogger(__name__)

#: Linux takes no longer ``NAME=value``, with the NUL at its end, and not much more than this in all.
ONE_VARIABLE_BYTES = 128 * 1024
ALL_VARIABLES_BYTES = 1024 * 1024


def entitle(deployment: Deployment, wanted: Mapping[str, SecretReference]) -> None:
    """Grant the app what its source refers to, if who deployed it can READ that. Raises ``Failure``."""
    if not wanted:
        return
    person = deployment.created_by
    principal = principals.of_user(person, deployment.workspace.slug) if person is not None else None
    if principal is None:
        raise Failure(
            FailureKind.MISSING_SECRET,
            f"app.yaml refers to secrets, and {deployment.created_by_name}, who deployed it, is no member any more.",
            "Somebody who can read them must deploy it again.",
        )
    try:
        with transaction.atomic():
            app = App.objects.select_for_update(of=("self",)).select_related("workspace").get(pk=deployment.app_id)
            secret_references.check(principal, app, wanted)
    except PlatformError as error:
        raise Failure(FailureKind.MISSING_SECRET, error.message, error.hint) from error


def read(app: App, wanted: Mapping[str, SecretReference]) -> dict[str, str]:
    """The values by the variables' names. Raises ``Failure`` (MISSING_SECRET), naming the variable."""
    if not wanted:
        return {}
    # In one transaction: a start that is tried again and again for want of one leaves no audit rows for the others.
    with transaction.atomic():
        values = {name: _text(name, wanted[name], value) for name, value in _values(app, wanted).items()}
    if sum(len(value.encode()) for value in values.values()) > ALL_VARIABLES_BYTES:
        raise Failure(
            FailureKind.MISSING_SECRET,
            "The secrets of the app's variables are together too large to be given to a program.",
            "Let it refer to fewer, or to smaller ones.",
        )
    return values


def _values(app: App, wanted: Mapping[str, SecretReference]) -> dict[str, bytes]:
    places = {name: (reference.scope, reference.key) for name, reference in wanted.items()}
    try:
        values = secrets.read_all_for_app(app.uuid, app.workspace, frozenset(places.values()))
    except (PlatformError, BadKeys):
        # One after the other, to say which variable's it is.
        return {name: _read(app, name, reference) for name, reference in wanted.items()}
    return {name: values[place] for name, place in places.items()}


def _read(app: App, name: str, reference: SecretReference) -> bytes:
    try:
        return secrets.read_for_app(app.uuid, app.workspace, reference.scope, reference.key)
    except PlatformError as error:
        raise Failure(
            FailureKind.MISSING_SECRET, f"{name} cannot get its value. {error.message}", error.hint
        ) from error
    except BadKeys as error:
        log.error("The secrets of %s cannot be opened: %s", app, error)
        raise Failure(
            FailureKind.MISSING_SECRET,
            f"{name} cannot get its value: the platform cannot open its secrets. This one is on us.",
            "Ask the operator, whose log says what is wrong with the platform's keys.",
        ) from error


def _text(name: str, reference: SecretReference, value: bytes) -> str:
    try:
        text = value.decode()
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise Failure(
            FailureKind.MISSING_SECRET,
            f"{name} cannot get its value: the secret {reference} is no text in UTF-8, or holds a NUL.",
            "Store it base64-encoded, and let the app decode it.",
        )
    if len(name) + len(value) + 2 > ONE_VARIABLE_BYTES:
        raise Failure(
            FailureKind.MISSING_SECRET,
            f"{name} cannot get its value: the secret {reference} has {len(value):,} bytes, "
            "too many for an environment variable.",
            "Keep it in several shorter secrets.",
        )
    return text
