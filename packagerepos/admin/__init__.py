"""The admin of where packages come from."""

from packagerepos.admin import repositories

__all__ = ["repositories"]
