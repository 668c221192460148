"""The rules about packages: which are never installed, and which must not be there at all."""

from enum import StrEnum


class ProhibitedAction(StrEnum):
    """What happens to a build that asks for a prohibited package."""

    #: It is left out, and the log says so.
    DROP = "drop"
    #: The build fails with a sentence.
    REFUSE = "refuse"


class Installer(StrEnum):
    """What resolves requirements."""

    UV = "uv"
    PIP = "pip"
