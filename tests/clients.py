"""Browsers of people who have signed in, without a server."""

from typing import TYPE_CHECKING

from django.test import Client

if TYPE_CHECKING:
    # This file is read before Django is set up.
    from workspaces.models import User


def signed_in(user: "User") -> Client:
    client = Client()
    client.force_login(user)
    return client
