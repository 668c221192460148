import pytest

from workspaces.api.databricks.scim import lists
from workspaces.api.databricks.scim.lists import MAX_PAGE, Window
from workspaces.errors import Invalid


class TestWindow:
    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ({}, Window(1, MAX_PAGE)),
            ({"startIndex": "1", "count": "10000"}, Window(1, MAX_PAGE)),
            ({"startIndex": "0", "count": "-5"}, Window(1, 0)),
            ({"startIndex": "-3"}, Window(1, MAX_PAGE)),
            ({"startIndex": "5", "count": "2"}, Window(5, 2)),
        ],
    )
    def test_is_read_as_scim_has_it(self, query: dict[str, str], expected: Window) -> None:
        assert lists.window(query) == expected

    @pytest.mark.parametrize("text", ["", "x", "1.5", "--1", "9" * 30, "²"])
    def test_refuses_what_is_no_number(self, text: str) -> None:
        with pytest.raises(Invalid):
            lists.window({"startIndex": text})

    @pytest.mark.parametrize("count", range(5))
    @pytest.mark.parametrize("start", range(1, 8))
    def test_cuts_two_lists_as_if_they_were_one(self, start: int, count: int) -> None:
        first, second = ["a", "b"], ["c", "d", "e"]
        page = Window(start, count)

        cut = first[page.of_rest(0)] + second[page.of_rest(len(first))]

        assert cut == (first + second)[start - 1 : start - 1 + count]


class TestAttributes:
    @pytest.mark.parametrize(
        ("query", "left"),
        [
            ({}, {"id", "schemas", "userName", "name"}),
            ({"attributes": "username, name.givenName"}, {"id", "schemas", "userName", "name"}),
            ({"attributes": "id"}, {"id", "schemas"}),
            ({"excludedAttributes": "id,schemas,name"}, {"id", "schemas", "userName"}),
            ({"attributes": ""}, {"id", "schemas", "userName", "name"}),
        ],
    )
    def test_leaves_out_what_is_not_wanted(self, query: dict[str, str], left: set[str]) -> None:
        resource = dict.fromkeys(["schemas", "id", "userName", "name"], "x")

        assert lists.attributes(query).of(resource).keys() == left
