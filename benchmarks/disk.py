"""The disk of 100 environments that differ in one small package, against that of one: ``python -m benchmarks.disk``.

Counted is all that the store takes, folders too, each inode once: environments, wheels, what was unpacked, byte-code.
"""

import os
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from benchmarks.reference import Place, place, verdict
from deployments.venvs.lock import ArtefactKind, Lock, LockedPackage
from tests.wheels import build_wheel

ENVIRONMENTS = 100
TARGET = 1.2
MB = 1e6


def main() -> bool:
    with place() as at:
        one, hundred = _measure(at)
    kept = hundred <= one * TARGET
    times = f"{hundred / one:.2f} times, limit {TARGET}: {verdict(kept)}"
    print(f"Disk of {ENVIRONMENTS} environments that differ in one small package")
    print(f"  one {one / MB:.1f} MB   all {hundred / MB:.1f} MB   {times}")
    return kept


def _measure(at: Place) -> tuple[int, int]:
    locked, first, *others = at.lock(), *_small_packages(at.source)
    at.store.build(_with(locked, first), at.interpreter, at.key(_with(locked, first)), at.bench, source=at.source)
    at.store.compile(at.key(_with(locked, first)), at.interpreter, at.bench)
    one = disk_of(at.folder / "home")
    for other in others:
        at.build(_with(locked, other))
        at.store.compile(at.key(_with(locked, other)), at.interpreter, at.bench)
    return one, disk_of(at.folder / "home")


def _small_packages(source: Path) -> Iterator[LockedPackage]:
    for number in range(ENVIRONMENTS):
        wheel = build_wheel(source, f"small{number}")
        digest = f"sha256:{sha256(wheel.read_bytes()).hexdigest()}"
        yield LockedPackage(f"small{number}", "1.0", ArtefactKind.WHEEL, f"./{wheel.name}", (digest,))


def _with(locked: Lock, package: LockedPackage) -> Lock:
    return replace(locked, packages=(*locked.packages, package))


def disk_of(root: Path) -> int:
    """Bytes of blocks of everything below ``root``."""
    seen: dict[int, int] = {}
    for folder, _, files in os.walk(root):
        for path in (folder, *(f"{folder}/{name}" for name in files)):
            status = os.lstat(path)
            seen[status.st_ino] = status.st_blocks * 512
    return sum(seen.values())


if __name__ == "__main__":
    main()
