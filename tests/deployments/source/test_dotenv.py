from deployments.source.dotenv import DotenvEntry, read_dotenv


class TestReadDotenv:
    def test_reads_the_usual_forms(self) -> None:
        text = "# a comment\n\nexport A=1\nB='two words' # why\nC=\"line\\nline\"\nD=\nE = spaced \n"

        found = {entry.name: entry.value for entry in read_dotenv(text)}

        assert found == {"A": "1", "B": "two words", "C": "line\nline", "D": "", "E": "spaced"}

    def test_fills_nothing_in(self) -> None:
        assert read_dotenv("A=${HOME}$PORT") == (DotenvEntry(1, "A", "${HOME}$PORT"),)

    def test_lets_the_last_of_a_name_count(self) -> None:
        assert read_dotenv("A=1\nA=2\n") == (DotenvEntry(2, "A", "2"),)

    def test_reads_windows_line_ends(self) -> None:
        assert [entry.value for entry in read_dotenv("A=1\r\nB=2\r\n")] == ["1", "2"]

    def test_tells_the_line_it_cannot_read(self) -> None:
        found = read_dotenv("A=1\nthis is prose\nNOTHING\nB=2\n")

        assert [(entry.line, entry.name) for entry in found] == [(1, "A"), (2, ""), (3, ""), (4, "B")]
