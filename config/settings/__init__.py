"""The platform's settings, one module for each subject: every number with its unit and its reason.

What an operator may change is read from an environment variable; ``docs/settings.md`` lists them all.
"""

from config.settings.admin import *
from config.settings.api import *
from config.settings.apps import *
from config.settings.cookies import *
from config.settings.database import *
from config.settings.framework import *
from config.settings.keeping import *
from config.settings.logging import *
from config.settings.mail import *
from config.settings.packages import *
from config.settings.places import *
from config.settings.queue import *
from config.settings.signing_in import *
