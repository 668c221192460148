"""Which secrets the platform's keys open, and sealing them anew. The operator's own acts, on all workspaces."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import BinaryField, QuerySet
from django.db.models.functions import Substr

from workspaces import sealing
from workspaces.encryption import MARK_BYTES, CannotOpen, KeyRing
from workspaces.models import Secret

#: Secrets in one transaction: at their largest 13 MB, and short enough to make nobody wait who writes one of them.
BATCH = 100
#: What a sealed value begins with, as ``KeyRing.mark``.
MARK = Substr("sealed", 1, MARK_BYTES, output_field=BinaryField())
#: Names in a sentence; the count says how many there are.
NAMED = 10


@dataclass(frozen=True)
class Sealed:
    """``names`` are the first few, as ``workspace/scope/key``."""

    count: int
    names: tuple[str, ...]

    def __str__(self) -> str:
        more = ", …" if self.count > len(self.names) else ""
        return f"{self.count} secret{'' if self.count == 1 else 's'} ({', '.join(self.names)}{more})"


@dataclass(frozen=True)
class Outcome:
    resealed: int
    lost: Sealed


def everything() -> Sealed:
    return _summary(Secret.objects.all())


def lost(ring: KeyRing) -> Sealed:
    """What no key of the ring has sealed. Looks at marks only, so it is quick however large the values are."""
    marks = {bytes(mark) for mark in Secret.objects.order_by().values_list(MARK, flat=True).distinct()}
    foreign = [mark for mark in marks if not ring.has_key_of(mark)]
    return _summary(Secret.objects.alias(mark=MARK).filter(mark__in=foreign))


def reseal(ring: KeyRing, report: Callable[[int], None]) -> Outcome:
    """Seal with the first key what another one sealed; ``report`` hears how many are done so far.

    Each batch is kept when it is done, so a second call goes on where one was ended.
    """
    done, last, failed = 0, 0, list[int]()
    while True:
        with transaction.atomic():
            batch = _batch(ring, after=last)
            if not batch:
                break
            opened = [secret for secret in batch if _is_resealed(secret, ring)]
            Secret.objects.bulk_update(opened, ["sealed"])
        last = batch[-1].pk
        failed += [secret.pk for secret in set(batch) - set(opened)]
        done += len(opened)
        report(done)
    return Outcome(done, _summary(Secret.objects.filter(pk__in=failed)))


def _batch(ring: KeyRing, *, after: int) -> list[Secret]:
    """Held until the transaction ends: a value that somebody writes meanwhile comes after ours and stays."""
    rows = Secret.objects.alias(mark=MARK).filter(pk__gt=after).exclude(mark=ring.mark)
    return list(rows.select_related("scope__workspace").select_for_update(of=("self",)).order_by("pk")[:BATCH])


def _is_resealed(secret: Secret, ring: KeyRing) -> bool:
    place = sealing.place(secret.scope, secret.key)
    try:
        secret.sealed = ring.seal(ring.open(bytes(secret.sealed), place), place)
    except CannotOpen:
        return False
    return True


def _summary(rows: QuerySet[Secret]) -> Sealed:
    first = rows.select_related("workspace", "scope").order_by("workspace", "scope", "key")[:NAMED]
    return Sealed(rows.count(), tuple(f"{row.workspace.slug}/{row.scope.name}/{row.key}" for row in first))
