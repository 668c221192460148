import pytest

from packagerepos import pip_conf, public_roots
from packagerepos.indexes import PYPI, Indexes
from packagerepos.pip_conf import BadPipConf

SITE = """\
[global]
index-url = https://me:word-word@site.example/simple
extra-index-url =
    https://one.example/simple
    file:///srv/simple
timeout = 60
retries = 2
proxy = http://proxy.example:3128
trusted-host = one.example two.example
find-links = /opt/wheels https://links.example/
no-cache-dir = true

[install]
timeout = 75
"""


def site(tmp_path, text):
    (tmp_path / "pip.conf").write_text(text)
    return pip_conf.read([tmp_path / "missing.conf", tmp_path / "pip.conf"])


class TestOver:
    def test_takes_what_builds_can_use(self, tmp_path):
        indexes = pip_conf.over(site(tmp_path, SITE), Indexes())

        assert indexes.addresses == ("https://one.example/simple", "https://site.example/simple")
        assert indexes.login_for("https://site.example/simple").password == "word-word"
        assert indexes.find_links == ("https://links.example/",)
        assert indexes.trusted_hosts == ("one.example", "two.example")
        assert indexes.writer_of("https://one.example/simple") == "the site's pip.conf"

    def test_takes_how_indexes_are_reached_the_section_of_install_winning(self, tmp_path):
        transport = pip_conf.over(site(tmp_path, SITE), Indexes()).transport

        assert (transport.timeout_s, transport.retries, transport.proxy) == (75, 2, "http://proxy.example:3128")

    def test_changes_nothing_where_there_is_no_file(self, tmp_path):
        assert pip_conf.over(pip_conf.read([tmp_path / "none"]), Indexes()) == Indexes()

    def test_keeps_the_public_index_where_only_patience_is_set(self, tmp_path):
        assert pip_conf.over(site(tmp_path, "[global]\ntimeout = 9\n"), Indexes()).addresses == (PYPI,)

    def test_adds_no_certificates_that_are_trusted_anyway(self, tmp_path):
        options = site(tmp_path, f"[global]\ncert = {public_roots.path()}\n")

        assert pip_conf.over(options, Indexes()).transport.certificates == ""

    @pytest.mark.parametrize(
        "text", ["timeout = soon", "retries = -1", "index-url = site.example", "cert = /nowhere.pem"]
    )
    def test_names_the_option_that_cannot_be_used(self, tmp_path, text):
        with pytest.raises(BadPipConf, match=text.partition(" ")[0]):
            pip_conf.over(site(tmp_path, f"[global]\n{text}\n"), Indexes())


class TestRead:
    def test_refuses_what_is_no_configuration(self, tmp_path):
        with pytest.raises(BadPipConf, match="can be read"):
            site(tmp_path, "index-url = https://me:word-word@site.example/simple")


class TestUnused:
    def test_names_what_means_nothing_here(self, tmp_path):
        assert pip_conf.unused(site(tmp_path, SITE)) == ("no-cache-dir",)
