import pytest

from packagerepos import variables
from packagerepos.indexes import PYPI, Indexes
from packagerepos.variables import BadVariable

DEFAULTS = Indexes().configured_by("the workspace", main="https://me:word-word@packages.example/simple")


class TestOver:
    def test_wins_over_the_workspace(self):
        found = variables.over({"PIP_INDEX_URL": "https://own.example/simple"}, DEFAULTS)

        assert found.addresses == ("https://own.example/simple",)
        assert found.writer_of("https://own.example/simple") == variables.WRITER

    def test_adds_further_ones_to_the_main_index(self):
        found = variables.over({"PIP_EXTRA_INDEX_URL": "https://a.example/s https://b.example/s"}, Indexes())

        assert found.addresses == ("https://a.example/s", "https://b.example/s", PYPI)

    def test_reads_what_uv_reads_first(self):
        found = variables.over(
            {"UV_DEFAULT_INDEX": "corp=https://uv.example/simple", "PIP_INDEX_URL": "https://pip.example/simple"},
            Indexes(),
        )

        assert found.addresses == ("https://uv.example/simple",)

    def test_leaves_the_defaults_to_an_app_that_says_nothing(self):
        assert variables.over({"PIP_INDEX_URL": " ", "PORT": "1"}, DEFAULTS) == DEFAULTS

    def test_takes_no_index_at_its_word(self):
        assert variables.over({"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "./wheels"}, DEFAULTS).addresses == ()

    def test_names_the_variable_and_not_its_value(self):
        with pytest.raises(BadVariable, match="PIP_INDEX_URL") as caught:
            variables.over({"PIP_INDEX_URL": "https://me:word@word@x/simple"}, Indexes())

        assert "word" not in str(caught.value).replace("password", "")
