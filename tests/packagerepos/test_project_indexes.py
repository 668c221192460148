import tomllib

import pytest

from packagerepos import project_indexes
from packagerepos.addresses import BadAddress
from packagerepos.indexes import PYPI, Indexes

DEFAULTS = Indexes().configured_by("the workspace", main="https://me:word-word@packages.example/simple")


def over(text, defaults=DEFAULTS):
    return project_indexes.over(tomllib.loads(text), defaults)


class TestOver:
    def test_a_default_index_replaces_every_default(self):
        found = over('[[tool.uv.index]]\nurl = "https://own.example/simple"\ndefault = true\n')

        assert (found.addresses, found.credentials) == (("https://own.example/simple",), ())
        assert found.writer_of("https://own.example/simple") == "pyproject.toml"

    def test_a_further_one_adds_to_the_defaults(self):
        found = over('[tool.uv]\nextra-index-url = ["https://own.example/simple"]\n')

        assert found.addresses == ("https://own.example/simple", "https://packages.example/simple")

    def test_an_explicit_index_is_for_single_packages_only(self):
        text = '[[tool.uv.index]]\nname = "x"\nurl = "https://me:own-word@x.example/simple"\nexplicit = true\n'

        found = over(text)

        assert found.addresses == ("https://packages.example/simple",)
        assert found.login_for("https://x.example/simple").password == "own-word"
        assert project_indexes.explicit(tomllib.loads(text)) == {"https://x.example/simple"}

    @pytest.mark.parametrize("text", ["", "tool = 3", "[tool]\nuv = 3", "[tool.uv]\nindex = 3"])
    def test_leaves_the_defaults_to_a_project_that_says_nothing(self, text):
        assert over(text, Indexes()).addresses == (PYPI,)

    def test_names_what_is_no_address(self):
        with pytest.raises(BadAddress, match=r"index-url in \[tool.uv\] of pyproject.toml"):
            over('[tool.uv]\nindex-url = "own.example"\n')
