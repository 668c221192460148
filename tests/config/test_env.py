from pathlib import Path

import pytest

from config import env


@pytest.mark.parametrize(
    ("read", "value", "wanted"),
    [
        (lambda: env.integer("X", 1, low=1, high=9), "ten", "a whole number from 1 to 9"),
        (lambda: env.integer("X", 1, low=1, high=9), "10", "a whole number from 1 to 9"),
        (lambda: env.seconds("X", 1.0), "soon", "a number of seconds"),
        (lambda: env.seconds("X", 1.0), "nan", "a number of seconds"),
        (lambda: env.flag("X"), "maybe", "1 or 0"),
        (lambda: env.paths("X"), "relative/path", "an absolute path"),
        (lambda: env.folder("X", Path("/tmp")), __file__, "a folder"),
    ],
)
def test_a_bad_value_stops_the_start_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, read: object, value: str, wanted: str
) -> None:
    monkeypatch.setenv("X", value)

    with pytest.raises(env.BadSetting, match=rf"^X is .*{wanted}.*Correct it or unset it") as stop:
        read()
    assert value in stop.value.sentence


def test_an_empty_value_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X", "  ")

    assert (env.integer("X", 7, low=1, high=9), env.words("X"), env.text("X", "d")) == (7, (), "d")


def test_words_are_split_at_commas_and_spaces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X", "a, b c")

    assert env.words("X") == ("a", "b", "c")


class TestChoice:
    def test_takes_one_of_the_words(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SLIPWAY_X", "Everyone")

        assert env.choice("SLIPWAY_X", "members", among=("members", "everyone")) == "everyone"

    def test_refuses_another_with_a_sentence(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SLIPWAY_X", "chosen")

        with pytest.raises(env.BadSetting) as refused:
            env.choice("SLIPWAY_X", "members", among=("members", "everyone"))

        assert "it must be members or everyone" in refused.value.sentence
