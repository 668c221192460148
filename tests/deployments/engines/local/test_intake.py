"""One instance's FIFO, written by the test and read by the real intake."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from deployments.engines.local.folders import Folder
from deployments.engines.local.intake import LOST, MAX_LINE_BYTES, UNMASKABLE, Intake
from deployments.logs.lines import CUT, MAX_TEXT_CHARS
from deployments.logs.segments import Writer, read
from tests.full_disk import mounted
from workspaces.encryption import generate_key


class Instance:
    def __init__(self, root: Path) -> None:
        self.key_file, self.log_dir = root / "key", root / "logs"
        self.key_file.write_text(generate_key())
        self.key_file.chmod(0o600)
        self.folder = Folder(root, "a")
        self.folder.make(None)
        self.intake = Intake(self.folder, self.key_file, Writer(self.log_dir))

    def give(self, **secrets: str) -> None:
        self.folder.secrets.replace(secrets, self.key_file)

    def write(self, data: bytes) -> None:
        os.write(self.intake.descriptor, data)
        assert self.intake.read()

    def texts(self) -> list[str]:
        return [line.text for line in read(self.log_dir, None, 10_000).lines]


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    instance = Instance(tmp_path)
    yield instance
    os.close(instance.intake.descriptor)


class TestFullDisk:
    def test_keeps_no_program_waiting_and_says_what_was_lost(self, tmp_path: Path) -> None:
        with mounted(tmp_path / "disk", size_mb=1) as disk:
            instance = Instance(disk.root)
            instance.write(b"before\n")
            disk.fill()

            for number in range(200):
                instance.write(f"{number}{'.' * 8000}\n".encode())
            disk.free()
            instance.write(b"after\n")

            first, *kept, gap, last = instance.texts()
            os.close(instance.intake.descriptor)
            assert (first, last) == ("before", "after")
            assert gap == f"({200 - len(kept)} lines lost here: {LOST})"


class TestRead:
    def test_waits_for_the_end_of_a_line(self, instance: Instance) -> None:
        instance.write(b"one\ntw")
        assert instance.texts() == ["one"]
        assert instance.intake.is_waiting

        instance.write("o grüße\n".encode())
        assert instance.texts() == ["one", "two grüße"]
        assert not instance.intake.is_waiting

    def test_finds_nothing_in_an_empty_pipe(self, instance: Instance) -> None:
        assert not instance.intake.read()

    def test_masks_a_value_that_came_in_two_pieces(self, instance: Instance) -> None:
        instance.give(TOKEN="hunter2")

        instance.write(b"the hun")
        instance.write(b"ter2 token\n")

        assert instance.texts() == ["the *** token"]

    def test_masks_what_was_given_after_it_began(self, instance: Instance) -> None:
        instance.give(TOKEN="first-value")
        instance.write(b"first-value second-value\n")
        instance.give(TOKEN="second-value")
        instance.write(b"first-value second-value\n")

        assert instance.texts() == ["*** second-value", "first-value ***"]

    def test_masks_what_else_it_was_told_to_hide(self, instance: Instance) -> None:
        instance.give(TOKEN="first-value")
        instance.write(b"first-value index-password\n")
        instance.folder.private.replace({"files": {}, "hidden": ["index-password"]}, instance.key_file)
        instance.write(b"first-value index-password\n")

        assert instance.texts() == ["*** index-password", "*** ***"]

    def test_masks_a_value_drawn_in_colours(self, instance: Instance) -> None:
        instance.give(TOKEN="hunter2", CONTROL="a\x01bcd")

        instance.write(b"hun\x1b[31mter2\x1b[0m a\x01bcd\n")

        assert instance.texts() == ["*** ***"]

    def test_shows_nothing_when_the_secrets_do_not_open(self, instance: Instance) -> None:
        instance.give(TOKEN="hunter2")
        instance.key_file.write_text(generate_key())

        instance.write(b"hunter2\nmore\n")

        assert instance.texts() == [UNMASKABLE]

    def test_cuts_a_long_line_without_half_a_value_at_the_cut(self, instance: Instance) -> None:
        instance.give(TOKEN="0123456789" * 3, PADDING="x" * 500)
        # The mask of the padding is so short that the cut through the token would show.
        head = b"x" * 500 * (MAX_LINE_BYTES // 500)
        head += b"-" * (MAX_LINE_BYTES - len(head) - 15)

        instance.write(head + b"0123456789" * 3 + b"\nnext\n")

        texts = instance.texts()
        assert "0123" not in texts[0]
        assert texts[1] == "next"

    def test_drops_the_rest_of_a_line_without_end(self, instance: Instance) -> None:
        for _ in range(3):
            instance.write(b"y" * 40_000)
        instance.write(b"end\nnext\n")

        assert instance.texts() == ["y" * MAX_TEXT_CHARS + CUT, "next"]

    def test_shows_what_a_progress_bar_wrote_last(self, instance: Instance) -> None:
        instance.write(b" 1 %\r50 %\r100 %\r\ndone\r\n")

        assert instance.texts() == ["100 %", "done"]


class TestClose:
    def test_writes_down_what_had_no_end(self, tmp_path: Path) -> None:
        instance = Instance(tmp_path)
        os.write(instance.intake.descriptor, b"one\nlast words")

        instance.intake.close()

        assert instance.texts() == ["one", "last words"]
