from pathlib import Path

from deployments.venvs import uv
from packagerepos.indexes import PYPI, Credential, Indexes, IndexStrategy

SOURCE = Path("/source")
EXTRA = "https://packages.example.com/simple"


class TestIndexOptions:
    def test_names_indexes_in_order_of_standing(self):
        assert uv.index_options(Indexes(extra=(EXTRA,)), SOURCE) == [
            "--index-strategy", "first-index", "--index", EXTRA, "--default-index", PYPI,
        ]  # fmt: skip

    def test_names_no_login(self):
        indexes = Indexes(EXTRA, credentials=(Credential("packages.example.com", "me", "password"),))

        assert "password" not in " ".join(uv.index_options(indexes, SOURCE))

    def test_names_the_index_that_has_a_login(self):
        indexes = Indexes(extra=(EXTRA,), credentials=(Credential("packages.example.com", "me", "password"),))

        assert f"slipway_0={EXTRA}" in uv.index_options(indexes, SOURCE)
        assert uv.login_variables(indexes) == {
            "UV_INDEX_SLIPWAY_0_USERNAME": "me",
            "UV_INDEX_SLIPWAY_0_PASSWORD": "password",
        }

    def test_asks_no_index_where_none_is_wanted(self):
        options = uv.index_options(Indexes(main=None, find_links=("./wheels",)), SOURCE)

        assert options == ["--index-strategy", "first-index", "--no-index", "--find-links", "/source/wheels"]

    def test_takes_the_best_match_where_chosen(self):
        assert "unsafe-best-match" in uv.index_options(Indexes(strategy=IndexStrategy.BEST_MATCH), SOURCE)


class TestUnpackCommand:
    def test_reaches_no_network_and_builds_nothing(self):
        argv = uv.unpack_command(
            Path("/pylock.toml"), prefix=Path("/tree"), python=Path("/python"), cache_dir=Path("/cache")
        )

        assert {"--offline", "--no-index", "--no-build", "--no-deps", "--no-config"} <= set(argv)


class TestBinary:
    def test_is_the_one_of_the_wheel(self):
        assert uv.binary().name == "uv"
        assert uv.binary().is_file()
