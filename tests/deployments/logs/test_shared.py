import os
from pathlib import Path

import pytest

from deployments.logs import shared
from deployments.logs.lines import Line
from deployments.logs.segments import BadOffset, Writer, read, read_before
from deployments.logs.shared import Share

OWN = Share(frozenset({"own"}), since=0.0)


def written(folder: Path, count: int, *, every: int = 3) -> list[str]:
    """Line 0, 3, 6 … are of the source "own", the others of another; in many small segments, each as old as its end."""
    writer = Writer(folder, 200)
    for number in range(count):
        writer.append([Line(float(number), "other" if number % every else "own", f"{number}")])
        newest = max(folder.iterdir())
        os.utime(newest, (number, number))
    writer.close()
    return [f"{number}" for number in range(0, count, every)]


class TestReadBefore:
    def test_reads_the_newest_of_the_share(self, tmp_path: Path) -> None:
        texts = written(tmp_path, 90)

        page = shared.read_before(tmp_path, OWN, None, 5)

        assert [line.text for line in page.lines] == texts
        assert page.is_start

    def test_turns_back_page_by_page_without_loss_or_repetition(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        texts = written(tmp_path, 90)
        monkeypatch.setattr(shared, "STRIDE_LINES", 7)

        pages = [shared.read_before(tmp_path, OWN, None, 4)]
        while not pages[-1].is_start:
            pages.append(shared.read_before(tmp_path, OWN, pages[-1].first_offset, 4))

        assert len(pages) > 5
        assert [line.text for page in reversed(pages) for line in page.lines] == texts

    def test_continues_where_it_ended(self, tmp_path: Path) -> None:
        written(tmp_path, 10)
        end = shared.read_before(tmp_path, OWN, None, 5).next_offset

        Writer(tmp_path).append([Line(99.0, "own", "new")])

        assert [line.text for line in read(tmp_path, end, 10).lines] == ["new"]

    def test_looks_only_where_the_share_can_be(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        written(tmp_path, 300)
        monkeypatch.setattr(shared, "STRIDE_LINES", 10)
        seen: list[Line] = []

        def read_and_note(*arguments: object) -> object:
            page = read_before(*arguments)
            seen.extend(page.lines)
            return page

        monkeypatch.setattr(shared.segments, "read_before", read_and_note)
        page = shared.read_before(tmp_path, Share(frozenset({"own"}), since=100, until=120), None, 20)

        assert {"102", "120"} <= {line.text for line in page.lines}
        assert 75 < min(line.at for line in seen) < max(line.at for line in seen) < 145

    def test_of_a_log_that_is_not_there_is_empty(self, tmp_path: Path) -> None:
        page = shared.read_before(tmp_path / "nothing", OWN, None, 5)

        assert (page.lines, page.is_start) == ((), True)

    def test_refuses_what_is_no_offset(self, tmp_path: Path) -> None:
        with pytest.raises(BadOffset):
            shared.read_before(tmp_path, OWN, "../x", 5)


class TestPages:
    def test_hold_all_of_the_share(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        texts = written(tmp_path, 90)
        monkeypatch.setattr(shared, "STRIDE_LINES", 7)

        assert [line.text for page in shared.pages(tmp_path, OWN) for line in page.lines] == texts

    def test_begin_and_end_near_the_share(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        written(tmp_path, 300)
        monkeypatch.setattr(shared, "STRIDE_LINES", 10)

        pages = list(shared.pages(tmp_path, Share(frozenset({"own"}), since=100, until=120)))
        times = [line.at for page in pages for line in page.lines]

        assert {102.0, 120.0} <= set(times)
        assert 75 < min(times) < max(times) < 145
        assert pages[-1].is_end
