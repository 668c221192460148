"""The admin of where packages come from, and which may come."""

from packagerepos.admin import policy, repositories

__all__ = ["policy", "repositories"]
