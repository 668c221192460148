"""Segments on a real disk."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from deployments.logs.lines import Line
from deployments.logs.segments import BadOffset, Page, Writer, prune, read, read_before, read_tail


def numbered(numbers: range) -> list[Line]:
    return [Line(float(number), "a", f"line {number}") for number in numbers]


def texts(page: Page) -> list[str]:
    return [line.text for line in page.lines]


def written(folder: Path, count: int, segment_bytes: int = 200) -> list[Line]:
    lines = numbered(range(count))
    writer = Writer(folder, segment_bytes)
    for line in lines:
        writer.append([line])
    writer.close()
    return lines


class TestWriter:
    def test_opens_nothing_before_the_first_line(self, tmp_path: Path) -> None:
        Writer(tmp_path / "log").append([])

        assert not (tmp_path / "log").exists()

    def test_writes_for_the_owner_and_group(self, tmp_path: Path) -> None:
        written(tmp_path / "log", 1)

        assert (tmp_path / "log" / "00000001.log").stat().st_mode & 0o777 == 0o640
        assert (tmp_path / "log").stat().st_mode & 0o007 == 0

    def test_begins_another_segment_when_one_is_full(self, tmp_path: Path) -> None:
        written(tmp_path, 40)

        sizes = [path.stat().st_size for path in sorted(tmp_path.iterdir())]
        assert len(sizes) > 3
        assert all(size >= 200 for size in sizes[:-1])

    def test_continues_after_a_restart(self, tmp_path: Path) -> None:
        writer = Writer(tmp_path)
        writer.append(numbered(range(2)))
        writer.close()
        Writer(tmp_path).append(numbered(range(2, 4)))

        assert texts(read(tmp_path, None, 10)) == ["line 0", "line 1", "line 2", "line 3"]
        assert len(list(tmp_path.iterdir())) == 1

    def test_ends_a_line_that_a_crash_tore(self, tmp_path: Path) -> None:
        written(tmp_path, 1)
        with (tmp_path / "00000001.log").open("ab") as file:
            file.write(b"2.000 a tor")

        Writer(tmp_path).append([Line(3.0, "a", "next")])

        assert texts(read(tmp_path, None, 10)) == ["line 0", "tor", "next"]

    def test_shares_a_folder_with_another_process(self, tmp_path: Path) -> None:
        program = (
            "import sys, pathlib\n"
            "from deployments.logs.segments import Writer\n"
            "from deployments.logs.lines import Line\n"
            "writer = Writer(pathlib.Path(sys.argv[1]), 2000)\n"
            "for number in range(300): writer.append([Line(0.0, sys.argv[2], f'{number}')])\n"
        )
        processes = [subprocess.Popen([sys.executable, "-c", program, str(tmp_path), name]) for name in ("a", "b")]
        assert [process.wait() for process in processes] == [0, 0]

        lines = read(tmp_path, None, 10_000).lines
        for name in ("a", "b"):
            assert [line.text for line in lines if line.source == name] == [str(number) for number in range(300)]

    def test_writes_on_after_its_folder_was_removed(self, tmp_path: Path) -> None:
        writer = Writer(tmp_path / "log")
        writer.append(numbered(range(1)))
        (tmp_path / "log" / "00000001.log").unlink()
        (tmp_path / "log").rmdir()

        writer.append(numbered(range(1, 2)))

        assert texts(read(tmp_path / "log", None, 10)) == ["line 1"]

    def test_takes_back_a_half_write_when_the_disk_is_full(self, tmp_path: Path) -> None:
        """The limit on file size acts like a full disk, half-way through a write."""
        program = (
            "import sys, pathlib, resource, signal\n"
            "from deployments.logs.segments import Writer\n"
            "from deployments.logs.lines import Line\n"
            "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
            "writer = Writer(pathlib.Path(sys.argv[1]))\n"
            "writer.append([Line(0.0, 'a', 'kept')])\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n"
            "try: writer.append([Line(0.0, 'a', 'x' * 200)])\n"
            "except OSError as error: sys.exit(error.errno)\n"
        )

        finished = subprocess.run([sys.executable, "-c", program, str(tmp_path)])

        assert finished.returncode == errno.EFBIG
        assert (tmp_path / "00000001.log").read_bytes() == b"0.000 a kept\n"


class TestRead:
    def test_pages_through_all_segments(self, tmp_path: Path) -> None:
        lines = written(tmp_path, 40)

        seen, offset, is_end = [], None, False
        while not is_end:
            page = read(tmp_path, offset, 7)
            seen += page.lines
            offset, is_end = page.next_offset, page.is_end

        assert seen == lines

    def test_continues_behind_what_was_read(self, tmp_path: Path) -> None:
        written(tmp_path, 3)
        page = read(tmp_path, None, 100)

        assert read(tmp_path, page.next_offset, 100) == Page((), page.next_offset, is_end=True)
        Writer(tmp_path).append([Line(9.0, "a", "new")])
        assert texts(read(tmp_path, page.next_offset, 100)) == ["new"]

    def test_begins_before_the_first_line_exists(self, tmp_path: Path) -> None:
        page = read(tmp_path / "log", None, 10)
        assert (page.lines, page.is_end) == ((), True)

        lines = written(tmp_path / "log", 30)

        assert list(read(tmp_path / "log", page.next_offset, 100).lines) == lines

    def test_shows_no_line_before_it_is_whole(self, tmp_path: Path) -> None:
        written(tmp_path, 1)
        with (tmp_path / "00000001.log").open("ab", buffering=0) as file:
            file.write(b"2.000 a ha")
            page = read(tmp_path, None, 10)
            assert texts(page) == ["line 0"]
            file.write(b"lf\n")

        assert texts(read(tmp_path, page.next_offset, 10)) == ["half"]

    def test_goes_on_behind_a_deleted_segment(self, tmp_path: Path) -> None:
        written(tmp_path, 40)
        offset = read(tmp_path, None, 2).next_offset
        remaining = read(tmp_path, None, 100).lines[-12:]
        for path in sorted(tmp_path.iterdir())[:2]:
            path.unlink()

        lines = read(tmp_path, offset, 100).lines

        assert lines[-12:] == remaining
        assert int(lines[0].text.split()[1]) > 2

    def test_begins_anew_in_a_log_that_was_removed(self, tmp_path: Path) -> None:
        written(tmp_path, 40)
        offset = read(tmp_path, None, 100).next_offset
        for path in tmp_path.iterdir():
            path.unlink()
        written(tmp_path, 2)

        assert texts(read(tmp_path, offset, 100)) == ["line 0", "line 1"]

    @pytest.mark.parametrize("offset", ["x", "1", "-1", "1-", "1-2-3", "../1", "１-1", "g-0", "1-" + "f" * 99])
    def test_refuses_an_offset_it_never_gave(self, tmp_path: Path, offset: str) -> None:
        with pytest.raises(BadOffset, match="not an offset"):
            read(tmp_path, offset, 1)

    def test_survives_an_offset_beyond_the_end(self, tmp_path: Path) -> None:
        written(tmp_path, 1)

        assert read(tmp_path, "1-fffff", 10).lines == ()


class TestReadTail:
    @pytest.mark.parametrize("count", [0, 1, 5, 39, 40, 41])
    def test_gives_the_newest_lines(self, tmp_path: Path, count: int) -> None:
        lines = written(tmp_path, 40)

        page = read_tail(tmp_path, count)

        assert list(page.lines) == lines[len(lines) - count if count <= 40 else 0 :]
        Writer(tmp_path).append([Line(99.0, "a", "new")])
        assert texts(read(tmp_path, page.next_offset, 10)) == ["new"]

    def test_reads_a_large_segment_from_its_end(self, tmp_path: Path) -> None:
        Writer(tmp_path).append(Line(0.0, "a", f"{number} {'x' * 1000}") for number in range(1000))

        assert [text.split()[0] for text in texts(read_tail(tmp_path, 3))] == ["997", "998", "999"]

    def test_gives_nothing_of_no_log(self, tmp_path: Path) -> None:
        page = read_tail(tmp_path / "log", 5)

        assert page.lines == ()
        lines = written(tmp_path / "log", 30)
        assert list(read(tmp_path / "log", page.next_offset, 100).lines) == lines


class TestPrune:
    def test_deletes_the_oldest_beyond_the_size(self, tmp_path: Path) -> None:
        lines = written(tmp_path, 100)
        before = sum(path.stat().st_size for path in tmp_path.iterdir())

        freed = prune(tmp_path, keep_bytes=500, older_than=0)

        after = sum(path.stat().st_size for path in tmp_path.iterdir())
        assert before - freed == after <= 500
        assert lines[-1] in read(tmp_path, None, 1000).lines

    def test_deletes_what_is_old_but_the_newest(self, tmp_path: Path) -> None:
        written(tmp_path, 100)
        for path in tmp_path.iterdir():
            os.utime(path, (1, 1))

        prune(tmp_path, keep_bytes=10**9, older_than=2)

        assert len(list(tmp_path.iterdir())) == 1
        assert read(tmp_path, None, 1000).lines[-1].text == "line 99"

    def test_keeps_all_that_is_wanted(self, tmp_path: Path) -> None:
        written(tmp_path, 100)

        assert prune(tmp_path, keep_bytes=10**9, older_than=0) == 0
        assert prune(tmp_path / "nothing", keep_bytes=0, older_than=9e9) == 0


class TestReadBefore:
    def test_pages_back_through_all_segments(self, tmp_path: Path) -> None:
        lines = written(tmp_path, 40)

        page = read_before(tmp_path, None, 7)
        seen = list(page.lines)
        while not page.is_start:
            page = read_before(tmp_path, page.first_offset, 7)
            seen = [*page.lines, *seen]

        assert seen == lines

    def test_meets_what_is_read_forwards(self, tmp_path: Path) -> None:
        lines = written(tmp_path, 40)
        page = read_before(tmp_path, None, 12)

        assert read(tmp_path, page.first_offset, 100).lines == page.lines == tuple(lines[-12:])
        assert read(tmp_path, page.next_offset, 100).lines == ()

    def test_passes_over_what_is_no_line(self, tmp_path: Path) -> None:
        written(tmp_path, 3)
        with (tmp_path / "00000001.log").open("ab") as file:
            file.write(b"what\n" * 5)
        Writer(tmp_path).append(numbered(range(3, 4)))

        page = read_before(tmp_path, None, 3)

        assert [line.text for line in page.lines] == ["line 1", "line 2", "line 3"]

    def test_knows_that_older_segments_were_deleted(self, tmp_path: Path) -> None:
        written(tmp_path, 40)
        offset = read_before(tmp_path, None, 30).first_offset
        for path in sorted(tmp_path.iterdir())[:-1]:
            path.unlink()

        page = read_before(tmp_path, offset, 10)

        assert (page.lines, page.is_start) == ((), True)
