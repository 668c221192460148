"""The platform as an ASGI application; chunked uploads read as empty under WSGI."""

import os
from typing import cast

import django
from django.conf import settings

from workspaces.api.body_limit import Application, BodyLimit
from workspaces.api.body_on_disk import Handler

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup(set_prefix=False)

# Django spools a request's body to disk before anybody is asked for a token.
application = BodyLimit(cast(Application, Handler()), settings.UPLOAD_MAX_BYTES)
