"""Builds, one after another."""

from config import env

#: One build after another in each; a build is mostly waiting for the network and one compiler.
WORKERS = env.integer("SLIPWAY_WORKERS", 2, low=1, high=32)
#: The longest a build may take before it is ended and says so.
BUILD_TIMEOUT_S = env.seconds("SLIPWAY_BUILD_TIMEOUT_S", 1800, low=10)
Q_CLUSTER = {
    "name": "slipway",
    "orm": "default",
    "workers": WORKERS,
    "bulk": 1,
    "queue_limit": 1,
    "poll": 0.2,
    # A row is only a bell, and ringing twice is harmless: what to build is decided by a lease (models/deployment.py).
    # The worker's own deadline must lie behind the build's, or it would be cut without its sentence.
    "timeout": int(BUILD_TIMEOUT_S) + 300,
    "retry": 4 * (int(BUILD_TIMEOUT_S) + 300),
    "ack_failures": True,
    "max_attempts": 1,
    "save_limit": 250,
    "scheduler": False,
    "catch_up": False,
}
#: A worker renews its lease this often; a build without a living lease is taken over after the second number.
LEASE_RENEWAL_S = 3.0
LEASE_S = 12.0
#: A build whose worker died this many times is given up, and says so.
BUILD_ATTEMPTS = 3
