"""Every page over the database of a large site: queries, server time, bytes. ``python -m benchmarks.pages``.

Loads 10,000 apps, 100,000 deployments and 1,000,000 log lines into a database of its own (``--home`` keeps it), asks
each address as an admin of the largest workspace and of the site, and says which asks the database too often.
"""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.scale import homes

if TYPE_CHECKING:
    # What reads the settings must wait until there is a home to read them from.
    from benchmarks.scale.addresses import Address
    from benchmarks.scale.asking import Measured
    from benchmarks.scale.filling import Site

SLUG = "acme"
#: Above this, somebody waits for it.
SLOW_MS = 100


def main(arguments: Sequence[str] | None = None) -> bool:
    """Whether every page keeps to the limit."""
    options = _parse(arguments)
    with homes.database(options.home) as is_new:
        site = _load() if is_new else _loaded()
        if options.serve:
            homes.serve(site.tenant.admin.user, site.root, options.serve)
        return bool(options.serve) or _measure(site, options)


def _load() -> "Site":
    from benchmarks.scale import filling
    from benchmarks.scale.sizes import Sizes

    started, sizes = time.monotonic(), Sizes()
    site = filling.fill(SLUG, sizes)
    filling.settle()
    print(
        f"Loaded {sizes.apps:,} apps, {sizes.deployments:,} deployments and {sizes.log_lines:,} log lines of "
        f"{sizes.workspaces} workspaces in {time.monotonic() - started:.0f} s"
    )
    return site


def _loaded() -> "Site":
    from benchmarks.scale import filling

    return filling.find(SLUG)


def _measure(site: "Site", options: argparse.Namespace) -> bool:
    from benchmarks.scale import addresses
    from benchmarks.scale.asking import MOST_QUERIES, measure

    clients = {as_root: site.client(as_root=as_root) for as_root in (False, True)}
    print(f"{'queries':>7} {'median ms':>10} {'in SQL ms':>10} {'bytes':>9}  status  address")
    kept = True
    for address in (*addresses.pages(site, thoroughly=True), *addresses.readable(site)):
        if options.only in address.route:
            found = measure(clients[address.as_root], address, options.times)
            kept = kept and found.answer.queries <= MOST_QUERIES
            _tell(address, found, with_sql=options.sql)
    return kept


def _tell(address: "Address", found: "Measured", *, with_sql: bool) -> None:
    from benchmarks.scale.asking import MOST_QUERIES

    answer = found.answer
    who = "  (site admin)" if address.as_root else ""
    remark = f"  MORE THAN {MOST_QUERIES} QUERIES" if answer.queries > MOST_QUERIES else ""
    if found.median_ms > SLOW_MS:
        remark += "  slow" + (f"\n{found.slowest}" if with_sql else "")
    print(
        f"{answer.queries:7} {found.median_ms:10.1f} {found.database_ms:10.1f} {answer.size_bytes:9}  "
        f"{answer.status:6}  /{address.route}{who}{remark}",
        flush=True,
    )


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--home", type=Path, help="keep what was loaded in this folder, or measure what lies there")
    parser.add_argument("--times", type=int, default=5, help="requests of each address, of which the median counts")
    parser.add_argument("--only", default="", help="addresses that hold this text")
    parser.add_argument("--sql", action="store_true", help="print the slowest query of a slow page")
    parser.add_argument("--serve", type=int, metavar="PORT", help="serve it instead, to be looked at in a browser")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    raise SystemExit(not main())
