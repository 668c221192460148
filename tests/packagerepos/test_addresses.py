import pytest

from packagerepos.addresses import BadAddress, check_index_address, masked

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
