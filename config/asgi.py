"""The platform as an ASGI application; chunked uploads read as empty under WSGI."""

import os
from typing import cast

from django.conf import settings
from django.core.asgi import get_asgi_application

from workspaces.api.body_limit import Application, BodyLimit

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

# Django spools a request's body to disk before anybody is asked for a token.
application = BodyLimit(cast(Application, get_asgi_application()), settings.UPLOAD_MAX_BYTES)
