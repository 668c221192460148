"""Become the platform's pip, in the Python of the app's own packages."""

import os
import sys

from slipway_packages import OWN

python = os.path.join(OWN, "bin", "python")
os.execv(python, [python, os.path.join(os.environ["SLIPWAY_PIP"], "pip"), *sys.argv[1:]])  # noqa: S606
