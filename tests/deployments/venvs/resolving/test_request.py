from dataclasses import replace

import pytest

from deployments.failures import Failure, FailureKind
from deployments.source.spec import DependencyKind
from deployments.venvs.resolving.request import LockRequest, digest, request_key
from packagerepos.indexes import Credential, Indexes, IndexStrategy

PROJECT = '[project]\nname = "app"\nversion = "1"\ndependencies = ["six"]\n'


class TestRequestKey:
    def test_is_the_same_for_the_same_request(self, request_for):
        assert request_key(request_for("six\nidna\n")) == request_key(request_for("six  # why\n\nidna\n"))

    @pytest.mark.parametrize(
        "text", ["six==1.17.0\n", "six\nidna\n", "six\n--pre\n", "six\n-i https://a.example/simple\n"]
    )
    def test_changes_with_the_requirements(self, request_for, text):
        before = request_key(request_for("six\n"))

        assert request_key(request_for(text)) != before

    def test_changes_with_the_content_of_a_local_folder(self, request_for, source):
        (source / "lib").mkdir()
        (source / "lib/pyproject.toml").write_text(PROJECT)
        before = request_key(request_for("./lib\n"))
        (source / "lib/module.py").write_text("x = 1\n")

        assert request_key(request_for("./lib\n")) != before

    def test_ignores_files_that_declare_nothing(self, request_for, source):
        before = request_key(request_for("six\n"))
        (source / "app.py").write_text("print()\n")

        assert request_key(request_for("six\n")) == before

    def test_changes_with_interpreter_additions_and_strategy(self, request_for, found):
        plain = request_for("six\n")
        others = [
            replace(plain, additions=("uvicorn",)),
            replace(plain, indexes=Indexes(strategy=IndexStrategy.BEST_MATCH)),
            replace(plain, indexes=Indexes(extra=("https://a.example/simple",))),
            replace(plain, interpreter=replace(plain.interpreter, version="3.99.0")),
        ]

        assert len({request_key(request) for request in (plain, *others)}) == 5

    def test_holds_no_login(self, request_for):
        plain = request_for("six\n", indexes=Indexes("https://a.example/simple"))
        login = Credential("a.example", "me", "password")

        with_login = replace(plain, indexes=replace(plain.indexes, credentials=(login,)))

        assert request_key(with_login) == request_key(plain)


class TestLockRequest:
    def test_reads_the_indexes_of_a_project(self, source, interpreter):
        (source / "pyproject.toml").write_text(
            PROJECT + '[[tool.uv.index]]\nname = "in"\nurl = "https://in.example/simple"\n'
            '[[tool.uv.index]]\nname = "only"\nurl = "https://only.example/simple"\nexplicit = true\n'
        )
        request = LockRequest(source, DependencyKind.PYPROJECT, interpreter)

        assert request.effective_indexes.addresses == ("https://in.example/simple", "https://pypi.org/simple")

    def test_refuses_a_project_file_that_is_no_toml(self, source, interpreter):
        (source / "pyproject.toml").write_text("[project\n")

        with pytest.raises(Failure, match=r"pyproject\.toml cannot be read") as caught:
            LockRequest(source, DependencyKind.PYPROJECT, interpreter).key  # noqa: B018

        assert caught.value.kind is FailureKind.BAD_REQUIREMENTS

    def test_names_file_and_line_of_a_bad_requirement(self, request_for):
        with pytest.raises(Failure, match=r"requirements\.txt, line 2: 'idna ==' is not a requirement"):
            request_for("six\nidna ==\n").key  # noqa: B018


class TestDigest:
    def test_sees_names_contents_and_execute_bits(self, tmp_path):
        (tmp_path / "a.py").write_text("1")
        seen = {digest(tmp_path)}
        (tmp_path / "a.py").write_text("2")
        seen.add(digest(tmp_path))
        (tmp_path / "a.py").chmod(0o755)
        seen.add(digest(tmp_path))
        (tmp_path / "a.py").rename(tmp_path / "b.py")
        seen.add(digest(tmp_path))

        assert len(seen) == 4

    def test_never_reads_through_a_link(self, tmp_path):
        (tmp_path / "tree").mkdir()
        (tmp_path / "outside").write_text("one")
        (tmp_path / "tree/link").symlink_to(tmp_path / "outside")
        before = digest(tmp_path / "tree")
        (tmp_path / "outside").write_text("two")

        assert digest(tmp_path / "tree") == before
