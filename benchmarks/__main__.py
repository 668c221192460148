"""Every benchmark in one run, each with both sides measured side by side. Exit code 1 when a target is missed."""

import subprocess
import sys

from benchmarks import environments, proxy, redeploys


def main() -> None:
    print("── (a) (b) Locks and environments against venv and pip")
    environments.main()
    print("── (c) (e) Redeploys")
    kept = redeploys.main()
    print("── (d) The proxy against straight to the app")
    proxy.main([])
    print("── Pages over a large database")
    # On its own: it chooses the home that the settings are read from.
    kept = subprocess.run([sys.executable, "-m", "benchmarks.pages"], check=False).returncode == 0 and kept
    sys.exit(not kept)


if __name__ == "__main__":
    main()
