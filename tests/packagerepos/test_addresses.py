import pytest

from packagerepos.addresses import BadAddress, check_index_address, masked, with_stored_logins

SECRET = "s3cr3t-word"


class TestCheckIndexAddress:
    @pytest.mark.parametrize(
        "address",
        [
            "https://packages.example.com/simple",
            "http://10.0.0.8:8081/root/pypi/+simple/",
            "https://deploy:p%40ss@packages.example.com:8443/simple",
            "https://[fd00::1]:8443/simple",
        ],
    )
    def test_takes_addresses_of_indexes(self, address):
        assert check_index_address(address) == address

    @pytest.mark.parametrize(
        "address",
        [
            "packages.example.com/simple", "ftp://packages.example.com", "https://", "file:///srv/wheels",
            "https://packages.example.com:port/simple", f"https://me:{SECRET}@packages.example.com/si mple",
            f"https://me:{SECRET}@word@packages.example.com/simple", f"https://me:{SECRET}\n@example.com/simple",
            f"https://me:{SECRET}@example.com/{'a' * 3000}", "https://[::1/simple", "--index-url=https://x",
        ],
    )  # fmt: skip
    def test_refuses_the_rest_without_repeating_a_login(self, address):
        with pytest.raises(BadAddress) as caught:
            check_index_address(address)

        assert SECRET not in f"{caught.value} {caught.value.hint}"


class TestMasked:
    def test_shows_that_there_is_a_login_and_not_which(self):
        assert masked(f"https://me:{SECRET}@packages.example.com:8443/simple") == (
            "https://***@packages.example.com:8443/simple"
        )

    def test_leaves_an_address_without_one(self):
        assert masked("https://packages.example.com/simple") == "https://packages.example.com/simple"


class TestWithStoredLogins:
    STORED = ["https://me:pw@a.example/simple", "https://you:other@b.example:8443/x"]

    def test_keeps_the_login_of_an_unchanged_line(self):
        typed = [masked(address) for address in self.STORED]

        assert with_stored_logins(typed, self.STORED) == self.STORED

    def test_keeps_it_when_lines_change_places(self):
        typed = [masked(address) for address in reversed(self.STORED)]

        assert with_stored_logins(typed, self.STORED) == list(reversed(self.STORED))

    def test_keeps_two_logins_of_one_address_apart(self):
        stored = ["https://one:1@a.example/simple", "https://two:2@a.example/simple"]

        assert with_stored_logins(["https://***@a.example/simple"] * 2, stored) == stored

    def test_keeps_it_at_another_path_of_the_host(self):
        assert with_stored_logins(["https://***@a.example/other"], self.STORED) == ["https://me:pw@a.example/other"]

    @pytest.mark.parametrize(
        "line",
        [
            "https://***@evil.example/simple",
            "http://***@a.example/simple",
            "https://***@a.example:444/simple",
            "https://***@b.example/x",
            "***",
        ],
    )
    def test_is_an_error_for_another_host(self, line):
        with pytest.raises(BadAddress) as caught:
            with_stored_logins([line], self.STORED)

        assert "pw" not in f"{caught.value} {caught.value.hint}".split()

    def test_takes_what_is_typed_anew(self):
        assert with_stored_logins(["https://new:1@a.example/simple"], self.STORED) == ["https://new:1@a.example/simple"]

    def test_keeps_what_cannot_be_shown(self):
        assert with_stored_logins([masked("nonsense pw")], ["nonsense pw"]) == ["nonsense pw"]
