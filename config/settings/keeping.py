"""How much may come in, and how long it is kept."""

from config import env

MEBIBYTE = 1024 * 1024
#: Uploaded archives, packed and unpacked; the ratio ends a bomb long before the disk is full.
UPLOAD_MAX_BYTES = env.integer("SLIPWAY_UPLOAD_MAX_MIB", 512, low=1, high=102_400) * MEBIBYTE
SOURCE_MAX_BYTES = env.integer("SLIPWAY_SOURCE_MAX_MIB", 2048, low=1, high=102_400) * MEBIBYTE
SOURCE_MAX_FILES = env.integer("SLIPWAY_SOURCE_MAX_FILES", 50_000, low=1, high=10_000_000)
SOURCE_MAX_RATIO = env.integer("SLIPWAY_SOURCE_MAX_RATIO", 200, low=2, high=100_000)
#: What one workspace may keep to deploy from: many apps' sources, without their data.
WORKSPACE_FILES_MAX_BYTES = env.integer("SLIPWAY_WORKSPACE_FILES_MAX_MIB", 4096, low=1, high=10_240_000) * MEBIBYTE
WORKSPACE_FILES_MAX = env.integer("SLIPWAY_WORKSPACE_FILES_MAX", 100_000, low=1, high=10_000_000)

#: Retention: days until a deleted app is purged with all it had, bytes of runtime log per app.
UNDO_DAYS = env.integer("SLIPWAY_UNDO_DAYS", 7, low=0, high=3650)
LOG_MAX_BYTES = env.integer("SLIPWAY_LOG_MAX_MIB", 64, low=1, high=102_400) * MEBIBYTE

#: What apps do and use is looked at this often, which is also the finest that a graph shows; 0 looks never. One look
#: costs about 0.1 s of one core with 300 instances.
SAMPLE_EVERY_S = env.integer("SLIPWAY_SAMPLE_EVERY_S", 30, low=0, high=300)
SAMPLE_KEEP_DAYS = env.integer("SLIPWAY_SAMPLE_KEEP_DAYS", 14, low=1, high=3650)

#: What no deployment needs any more is looked for this often; 0 looks never.
ENVIRONMENT_REAP_EVERY_S = env.seconds("SLIPWAY_ENVIRONMENT_REAP_EVERY_S", 3600, low=0, high=30 * 86_400)
#: An environment that nothing needs stays this long after its last use: 30 days, as people come back from holidays.
ENVIRONMENT_KEEP_S = env.seconds("SLIPWAY_ENVIRONMENT_KEEP_S", 2_592_000, low=0, high=10 * 365 * 86_400)
#: Of each app, deployments that can serve again without a build, and those that can after one.
KEPT_DEPLOYMENTS = env.integer("SLIPWAY_KEPT_DEPLOYMENTS", 10, low=1, high=10_000)
KEPT_BUNDLES = env.integer("SLIPWAY_KEPT_BUNDLES", 50, low=1, high=100_000)
#: A trial of opting out of pre-installed libraries runs this long beside its app: a working day, and the night.
TRIAL_KEEP_S = env.seconds("SLIPWAY_TRIAL_KEEP_S", 86_400, low=60, high=30 * 86_400)
