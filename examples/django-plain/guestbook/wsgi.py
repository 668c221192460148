import os

from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guestbook.settings")
application = get_wsgi_application()
# The database is this instance's own file and may be new; a shared one is migrated by hand instead.
call_command("migrate", verbosity=0)
