"""What the local engine is told about its machine."""

import os
import sys
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class LocalSettings:
    """``instances`` holds a folder per instance, ``run`` the sockets.

    The path of ``run`` has at most 80 characters: the kernel ends a socket's at 107, and supervisord adds a suffix.
    ``ports`` are for this engine alone. ``as_root`` gives each app its own uid, an ordinary user cannot.
    """

    instances: Path
    run: Path
    key_file: Path
    ports: range = range(20000, 22000)
    sandboxed: bool = True
    as_root: bool = field(default_factory=lambda: os.geteuid() == 0)
    #: The interpreter of the platform, which runs supervisord and launch.py.
    python: Path = field(default_factory=lambda: Path(sys.executable))
    #: /tmp inside is memory: one app may not take the machine's.
    tmp_bytes: int = 512 * 1024 * 1024
    #: What an instance can write while no logger reads. 1 MiB is the most an ordinary user may ask for.
    pipe_bytes: int = 1024 * 1024

    def __post_init__(self) -> None:
        if len(os.fsencode(self.run)) > 80:
            raise ValueError(
                f"The path of the run folder {self.run} is longer than 80 characters. Choose a shorter one."
            )

    @property
    def socket(self) -> Path:
        """Where the instances' supervisord answers."""
        return self.run / "engine.sock"

    @property
    def bell(self) -> Path:
        """The FIFO that tells the logger to look for new instances now."""
        return self.run / "logger.bell"
