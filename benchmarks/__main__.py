"""Every benchmark in one run, each with both sides measured side by side. Exit code 1 when a target is missed."""

import subprocess
import sys

from benchmarks import disk, environments, first_import, proxy, redeploys


def main() -> None:
    print("── (a) (b) Locks and environments against venv and pip")
    kept = [environments.main()]
    print("── Environments from a warm cache, with the first import in them")
    kept.append(first_import.main())
    print("── Environments on the disk")
    kept.append(disk.main())
    print("── (c) (e) Redeploys")
    kept.append(redeploys.main())
    print("── (d) The proxy against straight to the app")
    proxy.main([])
    for title, module in (("The reaper", "benchmarks.reaper"), ("Pages over a large database", "benchmarks.pages")):
        print(f"── {title}", flush=True)
        # On its own: it chooses the home that the settings are read from.
        kept.append(subprocess.run([sys.executable, "-m", module], check=False).returncode == 0)
    sys.exit(not all(kept))


if __name__ == "__main__":
    main()
