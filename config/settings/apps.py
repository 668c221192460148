"""What apps run on, and how they start and stop."""

import sys

from config import env

ALLOW_UNSANDBOXED = env.flag("SLIPWAY_ALLOW_UNSANDBOXED")
#: Further interpreters or folders with interpreters, beside those that are found.
INTERPRETERS = env.paths("SLIPWAY_INTERPRETERS")
DEFAULT_PYTHON = env.text("SLIPWAY_DEFAULT_PYTHON", f"{sys.version_info.major}.{sys.version_info.minor}")
#: Unix users of apps and builds when the platform runs as root; never given twice (a database sequence).
FIRST_APP_UID = env.integer("SLIPWAY_FIRST_APP_UID", 200_000, low=1_000, high=2_000_000_000)
#: Loopback ports of instances: above the well-known ones, below the kernel's own range (32768).
INSTANCE_PORTS = range(
    env.integer("SLIPWAY_FIRST_INSTANCE_PORT", 20_000, low=1_024, high=65_000),
    env.integer("SLIPWAY_LAST_INSTANCE_PORT", 29_999, low=1_025, high=65_535) + 1,
)
#: What a new app starts with; each app may say otherwise.
DEFAULT_ACCESS = env.choice("SLIPWAY_DEFAULT_ACCESS", "members", among=("members", "everyone"))
STARTUP_S = env.seconds("SLIPWAY_STARTUP_S", 5, low=0, high=600)
START_TIMEOUT_S = env.seconds("SLIPWAY_START_TIMEOUT_S", 60, low=1, high=3600)
#: After SIGTERM an instance has this long to finish what it does.
DRAIN_S = env.seconds("SLIPWAY_DRAIN_S", 15, low=0, high=600)
#: Before SIGTERM the proxy's open requests to an old deployment may take this long to end by themselves.
IDLE_WAIT_S = DRAIN_S
#: Of one horizontally scaled app; the whole engine holds some hundred.
MAX_INSTANCES = env.integer("SLIPWAY_MAX_INSTANCES", 5, low=1, high=50)
INSTANCE_OPEN_FILES = env.integer("SLIPWAY_INSTANCE_OPEN_FILES", 4096, low=64, high=1_048_576)
INSTANCE_PROCESSES = env.integer("SLIPWAY_INSTANCE_PROCESSES", 512, low=8, high=100_000)
