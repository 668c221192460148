import os
from pathlib import Path

import pytest

from deployments.engines.local import starts


def begun(path: Path, *documents: str) -> None:
    """A start whose sandbox wrote ``documents``."""
    _, descriptor = starts.begin(str(path), 5.0)
    os.write(descriptor, "".join(f"{document}\n" for document in documents).encode())
    os.close(descriptor)


class TestRead:
    def test_knows_no_run_before_the_first(self, tmp_path: Path) -> None:
        run = starts.read(tmp_path / "starts")

        assert (run.number, run.started_at, run.newest_exit(is_running=False)) == (0, None, None)

    @pytest.mark.parametrize(
        ("written", "code"), [(0, 0), (3, 3), (127, 127), (128, 128), (137, -9), (143, -15), (255, 255)]
    )
    def test_tells_a_signal_from_an_exit(self, tmp_path: Path, written: int, code: int) -> None:
        begun(tmp_path / "starts", '{ "child-pid": 7 }', f'{{ "exit-code": {written} }}')

        assert starts.read(tmp_path / "starts").newest_exit(is_running=False) == code

    def test_takes_a_run_without_an_end_for_killed(self, tmp_path: Path) -> None:
        begun(tmp_path / "starts", '{ "child-pid": 7 }')

        assert starts.read(tmp_path / "starts").newest_exit(is_running=True) is None
        assert starts.read(tmp_path / "starts").newest_exit(is_running=False) == starts.KILLED

    def test_tells_what_was_lost_from_what_ended_by_itself(self, tmp_path: Path) -> None:
        path = tmp_path / "starts"
        begun(path, '{ "child-pid": 7 }')
        assert [starts.read(path).newest_was_lost(is_running) for is_running in (True, False)] == [False, True]

        begun(path, '{ "child-pid": 8 }')
        assert starts.read(path).newest_was_lost(is_running=True)

        begun(path, '{ "child-pid": 9 }', '{ "exit-code": 137 }')
        assert not starts.read(path).newest_was_lost(is_running=False)

        begun(path, '{ "child-pid": 10 }')
        assert not starts.read(path).newest_was_lost(is_running=True)

    def test_tells_what_never_began(self, tmp_path: Path) -> None:
        begun(tmp_path / "starts")

        assert starts.read(tmp_path / "starts").newest_exit(is_running=False) == starts.NEVER_BEGAN

    def test_survives_what_a_crash_left(self, tmp_path: Path) -> None:
        begun(tmp_path / "starts", '{ "child-pid": 7 }', '{ "exit-co', "[]", "null")

        assert starts.read(tmp_path / "starts").number == 1


class TestBegin:
    def test_counts_and_remembers_the_last_end(self, tmp_path: Path) -> None:
        path = tmp_path / "starts"
        for _ in range(3):
            begun(path, '{ "child-pid": 7 }', '{ "exit-code": 4 }')
        begun(path, '{ "child-pid": 8 }')

        run = starts.read(path)
        assert (run.number, run.started_at, run.newest_exit(is_running=True)) == (4, 5.0, 4)

    def test_does_not_grow(self, tmp_path: Path) -> None:
        for _ in range(50):
            begun(tmp_path / "starts", '{ "exit-code": 4 }')

        assert (tmp_path / "starts").stat().st_size < 200
