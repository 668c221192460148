"""The logger process: reads the FIFO of every instance and appends to its log.

    python -m deployments.engines.local.logger --instances DIR --run DIR --keys FILE

What programs write while it is away waits in the FIFOs.
"""

import argparse
import contextlib
import os
import selectors
import signal
import sys
import time
from pathlib import Path
from weakref import WeakValueDictionary

from deployments.engines.local import folders
from deployments.engines.local.folders import Folder
from deployments.engines.local.intake import Intake
from deployments.engines.local.settings import LocalSettings
from deployments.logs.segments import Writer

#: New instances ring; this is for the bell that was lost.
SCAN_S = 2.0
#: A pause after each round: many small writes become one read, and a flooding program meets a full pipe instead of
#: taking a processor for its log.
PAUSE_S = 0.02
TICK_S = 0.5


class Logger:
    """Run one per ``LocalSettings``."""

    def __init__(self, settings: LocalSettings) -> None:
        self._settings = settings
        self._selector = selectors.DefaultSelector()
        self._intakes: dict[str, Intake] = {}
        # Instances of one app share a log, and so a descriptor.
        self._writers: WeakValueDictionary[Path, Writer] = WeakValueDictionary()
        self._bell = _open_bell(settings.bell)
        self._selector.register(self._bell, selectors.EVENT_READ)
        self._is_stopping = False

    def run(self) -> None:
        """Until ``stop``."""
        scan_at = 0.0
        while not self._is_stopping:
            if time.monotonic() >= scan_at or self._has_rung():
                self._scan()
                scan_at = time.monotonic() + SCAN_S
            waiting = [intake for intake in self._intakes.values() if intake.is_waiting]
            for key, _ in self._selector.select(TICK_S if waiting else SCAN_S):
                if key.data is not None:
                    key.data.read()
            for intake in waiting:
                intake.tick()
            time.sleep(PAUSE_S)
        for intake in list(self._intakes.values()):
            self._forget(intake)

    def stop(self) -> None:
        """May be called by a signal handler."""
        self._is_stopping = True
        os.write(self._bell, b"!")

    def _has_rung(self) -> bool:
        with contextlib.suppress(BlockingIOError):
            return bool(os.read(self._bell, 4096))
        return False

    def _scan(self) -> None:
        """Take in the instances that came, let go of those discarded."""
        found = {folder.instance_id: folder for folder in folders.known(self._settings.instances)}
        for intake in list(self._intakes.values()):
            if not _is_current(intake):
                self._forget(intake)
        for instance_id in found.keys() - self._intakes.keys():
            self._take_in(found[instance_id])

    def _take_in(self, folder: Folder) -> None:
        plan = folder.read_plan()
        if plan is None:
            return
        try:
            intake = Intake(folder, self._settings.key_file, self._writer(Path(plan["log_dir"])))
        except OSError:
            return  # Discarded meanwhile.
        self._intakes[folder.instance_id] = intake
        self._selector.register(intake.descriptor, selectors.EVENT_READ, intake)

    def _writer(self, log_dir: Path) -> Writer:
        writer = self._writers.get(log_dir)
        if writer is None:
            writer = self._writers[log_dir] = Writer(log_dir)
        return writer

    def _forget(self, intake: Intake) -> None:
        self._selector.unregister(intake.descriptor)
        del self._intakes[intake.folder.instance_id]
        intake.close()


def _is_current(intake: Intake) -> bool:
    try:
        return os.stat(intake.folder.log).st_ino == intake.inode
    except FileNotFoundError:
        return False


def _open_bell(path: Path) -> int:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        os.mkfifo(path, 0o600)
    return os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="logger", description="Keep the logs of the local engine's instances.")
    parser.add_argument("--instances", type=Path, required=True)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--keys", type=Path, required=True)
    given = parser.parse_args(arguments)
    logger = Logger(LocalSettings(instances=given.instances, run=given.run, key_file=given.keys))
    signal.signal(signal.SIGTERM, lambda *_: logger.stop())
    signal.signal(signal.SIGINT, lambda *_: logger.stop())
    logger.run()


if __name__ == "__main__":
    main(sys.argv[1:])
