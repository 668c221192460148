import pytest

from workspaces.api.databricks.scim.filters import Filter, InvalidFilter, parse

COLUMNS = {"username": "user__email", "id": "id"}
ALICE = {"username": "alice@example.org", "id": "7"}


def holds(text: str) -> bool:
    return parse(text, COLUMNS).holds(ALICE)


class TestParse:
    @pytest.mark.parametrize("text", ["", "   "])
    def test_lets_everything_pass_without_a_filter(self, text: str) -> None:
        assert parse(text, COLUMNS) == Filter()
        assert holds(text)

    @pytest.mark.parametrize(
        "text",
        [
            'userName eq "alice@example.org"',
            "userName eq alice@example.org",
            'USERNAME EQ "ALICE@example.org"',
            'userName sw "alice"',
            'userName co "@example"',
            'userName ne "bob@example.org"',
            '  userName   eq\t"alice@example.org"  ',
            'id eq "8" or id eq "7"',
            'id eq "8" and id eq "8" or userName sw "a" and id eq 7',
            'userName sw "a" AND id eq "7"',
        ],
    )
    def test_finds_alice(self, text: str) -> None:
        assert holds(text)

    @pytest.mark.parametrize(
        "text",
        [
            'userName eq "alice"',
            'userName ne "alice@example.org"',
            'userName sw "lice"',
            'userName sw "a" and id eq "8"',
            'userName eq "%"',
            'userName eq "alice@example.org\\""',
        ],
    )
    def test_does_not_find_alice(self, text: str) -> None:
        assert not holds(text)

    @pytest.mark.parametrize(
        "text",
        [
            "userName",
            "userName eq",
            'userName is "a"',
            'userName eq "a" xor id eq "7"',
            'userName eq "a" and',
            'userName eq "a" and id',
            '(userName eq "a")',
            'userName eq "a',
            'password sw "a"',
            'user__password sw "a"',
            "userName pr",
            'userName eq "\0"',
            'userName eq "' + "x" * 3000 + '"',
        ],
    )
    def test_refuses_what_it_cannot_answer(self, text: str) -> None:
        with pytest.raises(InvalidFilter):
            parse(text, COLUMNS)
