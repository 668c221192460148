"""What the phases and steps of a deployment are called on its pages."""

from deployments.models import State

TITLES = {
    State.QUEUED: "Waiting",
    State.BUILDING: "Building",
    State.STARTING: "Starting",
    State.DRAINING: "Draining",
}
STEP_TITLES = {
    "unpack": "Unpack the source",
    "spec": "Read what it asks for",
    "policy": "Check the packages",
    "image": "Look up the base image",
    "lock": "Resolve packages",
    "environment": "Prepare the environment",
    "instances": "Start an instance",
    "startup": "Watch that it stays alive",
    "readiness": "Wait for its answer",
    "others": "Start the other instances",
    "switch": "Move traffic",
}
#: Where a deployment goes after its phases, as the last mark of the timeline.
DESTINATIONS = {
    State.READY: "Ready",
    State.ACTIVE: "Active",
    State.DRAINING: "Was active",
    State.RETIRED: "Was active",
    State.FAILED: "Failed",
    State.CANCELLED: "Cancelled",
}
