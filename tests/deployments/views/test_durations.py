import pytest

from deployments.views import durations


class TestInWords:
    @pytest.mark.parametrize(
        ("seconds", "words"),
        [
            (-1, "0 s"), (0.04, "0 s"), (0.44, "0.4 s"), (9.97, "10 s"), (59.4, "59 s"), (59.6, "1 min"),
            (61, "1 min 1 s"),
            (3600, "1 h"), (7_830, "2 h 10 min"), (90_000, "1 d 1 h"),
        ],
    )  # fmt: skip
    def test_says(self, seconds: float, words: str) -> None:
        assert durations.in_words(seconds) == words
