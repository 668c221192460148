import pytest

from deployments.views import commands


class TestDatabricks:
    @pytest.mark.parametrize(
        ("url", "before"),
        [
            ("https://apps.example.org", ""),
            ("http://apps.example.org:80", ""),
            ("http://localhost:8000", "http_proxy=http://localhost:8000 "),
            ("https://apps.example.org:8443", None),
        ],
    )
    def test_is_offered_where_the_command_gets_through(self, url: str, before: str | None) -> None:
        assert commands.databricks(url) == before
