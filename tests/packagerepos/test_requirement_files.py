import codecs
from pathlib import Path

import pytest

from packagerepos.indexes import PYPI, Indexes
from packagerepos.requirement_files import read
from packagerepos.requirements import BadRequirements, Requirements


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source"
    path.mkdir()
    return path


def reading(source: Path, text: str, **env: str) -> Requirements:
    (source / "requirements.txt").write_text(text)
    return read(source, env=env)


def project(source: Path, name: str) -> None:
    (source / name).mkdir(parents=True)
    (source / name / "pyproject.toml").write_text(f'[project]\nname = "{Path(name).name}"\nversion = "1"\n')


class TestRead:
    def test_reads_names_extras_and_markers(self, source):
        lines = reading(source, "Flask_Login[x]>=0.6 ; python_version >= '3.8'  # sign in\n").requirements

        assert [(line.name, line.text) for line in lines] == [
            ("flask-login", "Flask_Login[x]>=0.6 ; python_version >= '3.8'")
        ]

    def test_joins_continued_lines_and_keeps_the_first_number(self, source):
        lines = reading(source, "# top\nsix==1.17.0 \\\n  --hash=sha256:aa \\\n  --hash=sha256:bb\nidna\n").requirements

        assert [(line.place, line.hashes) for line in lines] == [
            ("requirements.txt, line 2", ("sha256:aa", "sha256:bb")),
            ("requirements.txt, line 5", ()),
        ]

    def test_follows_included_files_and_constraints(self, source):
        (source / "more").mkdir()
        (source / "more/base.txt").write_text("-c ../pins.txt\nsix\n")
        (source / "pins.txt").write_text("six==1.17.0\n")

        found = reading(source, "-r more/base.txt\nidna\n")

        assert [line.text for line in found.requirements] == ["six", "idna"]
        assert [line.text for line in found.constraints] == ["six==1.17.0"]
        assert found.files == ("requirements.txt", "more/base.txt", "pins.txt")

    def test_ends_although_files_include_each_other(self, source):
        (source / "b.txt").write_text("-r requirements.txt\nidna\n")

        assert [line.text for line in reading(source, "-r b.txt\nsix\n").requirements] == ["idna", "six"]

    def test_reads_every_option_of_pip(self, source):
        found = reading(
            source,
            "--index-url https://a.example/simple\n--extra-index-url=https://b.example/simple\n--pre\n"
            "-f https://c.example/files\n--trusted-host a.example\n--no-binary docopt,Six\n--only-binary=:all:\n"
            "--prefer-binary\n--require-hashes\n",
        )

        assert found.index_url == "https://a.example/simple"
        assert found.extra_index_urls == ("https://b.example/simple",)
        assert found.find_links == ("https://c.example/files",)
        assert found.trusted_hosts == ("a.example",)
        assert (found.no_binary, found.only_binary) == (("docopt", "six"), (":all:",))
        assert found.pre
        assert found.prefer_binary
        assert found.require_hashes

    def test_gives_each_line_its_own_options_alone(self, source):
        found = reading(source, "six==1.0 --hash=sha256:aa --hash=sha256:bb\nidna==2.0 --hash=sha256:cc\nclick\n")

        assert [line.hashes for line in found.lines] == [("sha256:aa", "sha256:bb"), ("sha256:cc",), ()]

    def test_fills_variables_and_leaves_unknown_ones(self, source):
        found = reading(source, "-i https://${HOST}/${unknown}/${OTHER}\n", HOST="a.example")

        assert found.index_url == "https://a.example/${unknown}/${OTHER}"

    @pytest.mark.parametrize("data", [codecs.BOM_UTF8 + b"six\n", codecs.BOM_UTF16_LE + "six\n".encode("utf-16-le")])
    def test_understands_a_byte_order_mark(self, source, data):
        (source / "requirements.txt").write_bytes(data)

        assert [line.text for line in read(source).requirements] == ["six"]

    def test_finds_folders_of_the_source(self, source):
        project(source, "libs/mine")
        (source / "deps").mkdir()
        (source / "deps/r.txt").write_text("-e ../libs/mine[fast]\n")

        (line,) = reading(source, "-r deps/r.txt\n").requirements

        assert (line.path, line.at(Path("/s"))) == ("libs/mine", "/s/libs/mine[fast]")

    def test_reads_an_address_behind_a_name(self, source):
        (line,) = reading(source, "six @ https://a.example/six-1.0-py3-none-any.whl\n").requirements

        assert (line.name, line.path) == ("six", None)

    def test_reads_a_repository_with_a_login_beside_it(self, source):
        found = reading(source, "git+https://me:${TOKEN}@git.example/a.git@v1#egg=My.Pkg\n", TOKEN="s3cret")

        assert [(line.name, line.text) for line in found.requirements] == [
            ("my-pkg", "git+https://git.example/a.git@v1#egg=My.Pkg")
        ]
        assert [login.password for login in found.logins] == ["s3cret"]
        assert "s3cret" not in repr(found)


class TestReadRefuses:
    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("six\n--frobnicate\n", "requirements.txt, line 2: no such option: --frobnicate"),
            ("six ==\n", "requirements.txt, line 1: 'six ==' is not a requirement"),
            ("-r ../other.txt\n", "requirements.txt, line 1 points outside the source"),
            ("-e ../other\n", "requirements.txt, line 1 points outside the source"),
            ("/etc/passwd\n", "requirements.txt, line 1 points outside the source"),
            ("x @ file:///etc/passwd\n", "requirements.txt, line 1 points outside the source"),
            ("--find-links /etc\n", "requirements.txt, line 1 points outside the source"),
            ("-r missing.txt\n", "line 1 includes missing.txt, which does not exist"),
            ("-r https://a.example/r.txt\n", "includes https://a.example/r.txt"),
            ("./nothing\n", "asks for ./nothing, which does not exist"),
            ("x @ ftp://a.example/x.whl\n", "addresses that begin with ftp: cannot be used"),
        ],
    )
    def test_names_the_file_and_the_line(self, source, text, words):
        with pytest.raises(BadRequirements) as caught:
            reading(source, text)

        assert words in str(caught.value)

    def test_a_link_that_leads_out(self, source, tmp_path):
        (tmp_path / "secret.txt").write_text("six\n")
        (source / "inner.txt").symlink_to(tmp_path / "secret.txt")

        with pytest.raises(BadRequirements, match="points outside the source"):
            reading(source, "-r inner.txt\n")

    def test_what_is_not_text(self, source):
        (source / "requirements.txt").write_bytes(b"\xff\x00\x81\x82")

        with pytest.raises(BadRequirements, match=r"requirements\.txt is not readable text"):
            read(source)


class TestIndexesOfAFile:
    def test_a_written_index_wins_over_the_default(self, source):
        found = reading(source, "--index-url https://me:pw@a.example/simple\nsix\n")

        indexes = found.indexes(Indexes(extra=("https://b.example/simple",)))

        assert indexes.addresses == ("https://a.example/simple",)
        assert indexes.main != PYPI
        assert [login.password for login in indexes.credentials] == ["pw"]
