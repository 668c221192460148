from dataclasses import replace

from packagerepos.indexes import PYPI, Credential, Indexes, IndexStrategy, split_login

INTERNAL = "https://packages.example.com/simple"
LOGIN = Credential("packages.example.com", "deploy", "p@ss/word")
FILE = "https://files.pythonhosted.org/packages/six-1.17.0-py2.py3-none-any.whl"


class TestSplitLogin:
    def test_takes_the_login_out_of_an_address(self):
        assert split_login("https://deploy:p%40ss%2Fword@packages.example.com/simple") == (INTERNAL, LOGIN)

    def test_leaves_an_address_without_login(self):
        assert split_login(INTERNAL) == (INTERNAL, None)


class TestIndexes:
    def test_puts_extra_indexes_before_the_main_one(self):
        assert Indexes(extra=(INTERNAL,)).addresses == (INTERNAL, PYPI)

    def test_never_prints_a_login(self):
        indexes = Indexes(credentials=(LOGIN,))

        assert "p@ss" not in f"{indexes!r} {indexes} {LOGIN!r}"

    def test_first_match_is_the_default(self):
        assert Indexes().strategy is IndexStrategy.FIRST_MATCH


class TestOverriddenBy:
    def test_a_written_main_index_replaces_every_default(self):
        changed = Indexes(extra=("https://other.example.com/simple",)).overridden_by(main=INTERNAL)

        assert changed.addresses == (INTERNAL,)

    def test_a_written_extra_index_adds_to_the_defaults(self):
        assert Indexes().overridden_by(extra=[INTERNAL]).addresses == (INTERNAL, PYPI)

    def test_no_index_leaves_only_found_links(self):
        changed = Indexes().overridden_by(no_index=True, find_links=["./wheels"])

        assert (changed.addresses, changed.find_links) == ((), ("./wheels",))

    def test_a_written_address_never_receives_the_login_of_a_default(self):
        defaults = Indexes(extra=(INTERNAL,), credentials=(LOGIN,))

        assert defaults.overridden_by(extra=["https://packages.example.com/other"]).credentials == ()

    def test_keeps_a_written_login_beside_the_address(self):
        changed = Indexes().overridden_by(main="https://deploy:p%40ss%2Fword@packages.example.com/simple")

        assert (changed.main, changed.credentials) == (INTERNAL, (replace(LOGIN, index=INTERNAL),))


class TestIsPublic:
    def test_knows_the_files_of_the_public_index(self):
        assert Indexes().is_public(PYPI, FILE)

    def test_is_false_for_another_index(self):
        assert not Indexes().is_public(INTERNAL, FILE)

    def test_is_false_for_a_file_that_lies_elsewhere(self):
        assert not Indexes().is_public(PYPI, "https://evil.example.com/six-1.17.0-py2.py3-none-any.whl")

    def test_is_false_where_a_login_is_used(self):
        assert not Indexes(credentials=(Credential("pypi.org", "me", "token"),)).is_public(PYPI, FILE)


class TestSecrets:
    def test_holds_passwords_plain_and_quoted(self):
        assert Indexes(credentials=(LOGIN,)).secrets() >= {"p@ss/word", "p%40ss%2Fword"}


class TestStanding:
    def test_puts_the_public_index_last_wherever_it_is_written(self):
        indexes = Indexes(main=INTERNAL, extra=(PYPI, "https://other.example.com/simple"))

        assert indexes.addresses == ("https://other.example.com/simple", INTERNAL, PYPI)


class TestConfiguredBy:
    def test_replaces_only_the_options_it_sets(self):
        site = Indexes().configured_by("the site's pip.conf", main="https://site.example.com/simple", extra=[INTERNAL])

        changed = site.configured_by("the workspace", main="https://own.example.com/simple")

        assert changed.addresses == (INTERNAL, "https://own.example.com/simple")
        assert changed.writer_of(INTERNAL) == "the site's pip.conf"
        assert changed.writer_of("https://own.example.com/simple") == "the workspace"

    def test_keeps_the_logins_of_two_indexes_on_one_host_apart(self):
        indexes = Indexes().configured_by(
            "x", main="https://a:one1@host.example/a/simple", extra=["https://b:two2@host.example/b/simple"]
        )

        assert [indexes.login_for(each).password for each in indexes.addresses] == ["two2", "one1"]

    def test_never_hands_a_login_on_to_an_address_of_another_writer(self):
        defaults = Indexes().configured_by("x", main="https://me:word1@packages.example.com/simple")

        changed = defaults.configured_by("y", extra=["https://packages.example.com/other"])

        assert changed.credentials == ()
