from pathlib import Path

from deployments.logs import complaints, segments
from deployments.logs.complaints import MOST, Complaints
from deployments.logs.lines import Line


def lines(*texts: str) -> list[Line]:
    return [Line(1.0, "web", text) for text in texts]


def kept(folder: Path) -> list[str]:
    return [line.text for line in segments.read(complaints.folder(folder), None, 1000).lines]


class TestComplaints:
    def test_are_kept_with_the_lines_before_them(self, tmp_path: Path) -> None:
        heard = Complaints(tmp_path)

        heard.hear(lines("far away", '  File "app.py", line 5, in index'))
        heard.hear(lines("    import yaml", "ModuleNotFoundError: No module named 'yaml'", "behind it"))

        assert kept(tmp_path) == [
            "far away", '  File "app.py", line 5, in index', "    import yaml",
            "ModuleNotFoundError: No module named 'yaml'",
        ]  # fmt: skip

    def test_leave_no_trace_when_there_are_none(self, tmp_path: Path) -> None:
        Complaints(tmp_path).hear(lines("all is well", "No module of mine"))

        assert not complaints.folder(tmp_path).exists()

    def test_are_kept_once_and_not_without_end(self, tmp_path: Path) -> None:
        heard = Complaints(tmp_path)

        for _ in range(3):
            heard.hear(lines(*(f"ModuleNotFoundError: No module named 'm{number}'" for number in range(100))))

        told = [text for text in kept(tmp_path) if text.endswith("'m0'")]
        assert len(told) <= 4
        assert len(set(kept(tmp_path))) <= 4 * MOST

    def test_are_no_part_of_the_log_they_lie_beside(self, tmp_path: Path) -> None:
        segments.Writer(tmp_path).append(lines("one"))

        Complaints(tmp_path).hear(lines("x.so: cannot open shared object file: No such file or directory"))

        assert [line.text for line in segments.read(tmp_path, None, 10).lines] == ["one"]
