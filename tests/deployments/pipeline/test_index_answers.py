import pytest

from deployments.failures import Failure, FailureKind
from deployments.pipeline import index_answers
from packagerepos.indexes import Indexes, IndexStrategy
from tests.private_index import PASSWORD, PrivateIndex, with_login


@pytest.fixture
def index(tmp_path):
    with PrivateIndex(tmp_path) as index:
        index.add("acme")
        yield index


def require(index, *, address=None, trusted=True, allowed=True, retries=0, names=("acme",)):
    found = Indexes(strategy=IndexStrategy.BEST_MATCH).configured_by("w", extra=[address or index.address_with_login])
    found = found.trusting(index.authority.pem if trusted else "")
    return index_answers.require(
        found, names, allowed_internal={index.place} if allowed else (), should_stop=lambda: False
    )


def refusal(*arguments, **options) -> str:
    with pytest.raises(Failure) as caught:
        require(*arguments, **options)
    assert caught.value.kind is FailureKind.INDEX_UNREACHABLE
    assert PASSWORD not in f"{caught.value.message} {caught.value.hint}"
    return caught.value.message


class TestRequire:
    @pytest.mark.parametrize("names", [("acme",), ("unknown",), ()])
    def test_passes_an_index_that_answers_whatever_it_has(self, index, names):
        require(index, names=names)

    def test_stops_at_a_wrong_login(self, index):
        assert "(from w) cannot be used" in refusal(index, address=with_login(index.address, "builder", "wrong"))

    def test_stops_without_the_certificate_and_names_its_authority(self, index):
        assert "Acme Root CA" in refusal(index, trusted=False)

    def test_stops_where_nothing_listens(self, index, monkeypatch):
        monkeypatch.setattr(index_answers, "PAUSE_S", 0.01)
        index.stop()

        assert index.place.partition(":")[0] in refusal(index)

    def test_waits_for_one_that_comes_back(self, index, monkeypatch):
        monkeypatch.setattr(index_answers.time, "sleep", lambda _: index.start())
        index.stop()

        require(index)

    def test_asks_nothing_of_the_platforms_own_machine(self, index):
        refusal(index, allowed=False)

        assert index.asked == []
