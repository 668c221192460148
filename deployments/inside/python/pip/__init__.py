"""Stands in for pip, which is no package of the environment, so that ``python -m pip`` works."""
