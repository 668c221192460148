import pytest

from deployments.launchers.findings import nothing_found
from deployments.launchers.modules import Source


def text(source: Source) -> str:
    for _ in source.entry_modules():
        pass  # as infer() has done before it asks
    failure = nothing_found(source)
    return f"{failure.message} {failure.hint}"


class TestNothingFound:
    @pytest.mark.parametrize(
        ("files", "sentence"),
        [
            ({}, "The source is empty."),
            ({"two.py": "", "one.py": ""}, "Found instead: one.py, two.py."),
            ({"one.py": "x = (\n"}, "one.py could not be read as Python (line 1: ?(? was never closed)."),
            ({"a.py": "import gradio\n"}, "a.py imports gradio but never calls launch()."),
            ({"site/app.py": "", "b.txt": ""}, "If the app is the folder 'site', upload what is in that folder."),
            ({"a\x1b[2J.txt": ""}, "Found instead: a?[2J.txt."),
            (
                {"deep/er/x.py": "", "one.py": ""},
                "an app.yaml with a command that listens on 127.0.0.1:$PORT:\ncommand:",
            ),
            ({"deep/er/x.py": "", "one.py": ""}, 'command:\n  ["python", "one.py"]'),
        ],
    )
    def test_says_what_is_odd(self, write, tmp_path, files, sentence):
        assert sentence in text(Source(write(files)))

    def test_keeps_a_long_list_short(self, write):
        assert "09.txt" not in text(Source(write({f"{number:02}.txt": "" for number in range(50)})))
        assert "and 42 more" in text(Source(write({})))

    def test_names_no_path_of_the_machine(self, write, tmp_path):
        assert str(tmp_path) not in text(Source(write({"one.py": "x = ("})))
