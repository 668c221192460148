"""Leases in rows: whoever works at one renews it, and one that has run out is anybody's."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q


def free(now: datetime) -> Q:
    """Rows that nobody works at."""
    return Q(lease_until=None) | Q(lease_until__lt=now)


def until(now: datetime) -> datetime:
    """When a lease that is taken or renewed now runs out."""
    return now + timedelta(seconds=settings.LEASE_S)
