import pytest

from deployments.source.imports import scan


@pytest.fixture
def scanned(tmp_path):
    def write_and_scan(app: str, **others: str):
        for name, text in {"app.py": app, **others}.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return scan(tmp_path)

    return write_and_scan


class TestScan:
    def test_finds_third_party_modules_and_their_files(self, scanned):
        imports = scanned(
            app="import os, flask\nfrom sklearn.svm import SVC\n", **{"pages/home.py": "import flask.views\n"}
        )

        assert imports.modules.keys() == {"flask", "sklearn"}
        assert imports.modules["flask"].files == ("app.py", "pages/home.py")
        assert imports.modules["flask"].dotted == ("flask", "flask.views")

    def test_keeps_the_dotted_names_of_namespace_packages(self, scanned):
        imports = scanned(app="from google.cloud import storage\nfrom yaml import *\n")

        assert imports.modules["google"].dotted == ("google.cloud.storage",)
        assert imports.modules["yaml"].dotted == ("yaml",)

    def test_leaves_out_the_modules_of_the_source(self, scanned):
        imports = scanned(
            app="import helpers, pkg.sub, space.inner, lib, neighbour\nfrom . import x\nfrom .y import z\n",
            **{
                "helpers.py": "",
                "pkg/__init__.py": "",
                "space/inner/__init__.py": "",
                "src/lib.py": "",
                "tools/neighbour.py": "",
                "tools/run.py": "import neighbour\n",
            },
        )

        assert imports.modules.keys() == {"neighbour"}
        assert imports.modules["neighbour"].files == ("app.py",)

    def test_tells_lazy_imports(self, scanned):
        imports = scanned(
            "import both\ndef f():\n    import lazy, both\n"
            "async def g():\n  class A:\n    import deep\nclass B:\n  import eager\n"
        )

        lazy = {name for name, module in imports.modules.items() if module.is_lazy}
        assert lazy == {"lazy", "deep"}

    def test_tells_guarded_imports(self, scanned):
        imports = scanned(
            app=(
                "import typing\n"
                "try:\n    import fast\nexcept ImportError:\n    import slow\nelse:\n    import after\n"
                "try:\n    import one\nexcept (KeyError, ModuleNotFoundError):\n    pass\n"
                "try:\n    import two\nexcept:\n    pass\n"
                "try:\n    import unguarded\nexcept ValueError:\n    pass\n"
                "if typing.TYPE_CHECKING:\n    import types_only\nelse:\n    import real\n"
            )
        )

        guarded = {name for name, module in imports.modules.items() if module.is_guarded}
        assert guarded == {"fast", "slow", "one", "two", "types_only"}
        assert {"after", "unguarded", "real"} <= imports.modules.keys()

    @pytest.mark.parametrize(
        "content",
        [
            b"def f(:\n",
            b"\xff\xfe\x00",
            b"# coding: klingon\nimport x",
            b"import x\0",
            b"x = '\xe9'",
            b"(" * 9000,
            b"-" * 90000 + b"1",
            b"a" + b".b" * 90000,
        ],
    )
    def test_notes_what_it_cannot_read_and_goes_on(self, tmp_path, content):
        (tmp_path / "bad.py").write_bytes(content)
        (tmp_path / "app.py").write_text("import flask")

        imports = scan(tmp_path)

        assert imports.modules.keys() == {"flask"}
        assert "bad.py" in imports.notices[0]

    def test_reads_declared_encodings(self, tmp_path):
        (tmp_path / "app.py").write_bytes("# coding: latin-1\nx = 'é'\nimport flask\n".encode("latin-1"))

        assert scan(tmp_path).modules.keys() == {"flask"}

    def test_walks_as_deep_as_the_parser_allows(self, scanned):
        nested = "".join(" " * n + "if 1:\n" for n in range(90)) + " " * 90 + "import flask\n"

        assert scanned(app=nested).modules.keys() == {"flask"}

    def test_does_not_read_files_that_are_too_large_or_elsewhere(self, tmp_path):
        source = tmp_path / "source"
        (source / "venv").mkdir(parents=True)
        (source / "venv" / "a.py").write_text("import inside_venv")
        (source / "large.py").write_text("import flask\n" + "#" * 1024 * 1024)
        (tmp_path / "secret.py").write_text("import secret")
        (source / "link.py").symlink_to(tmp_path / "secret.py")

        imports = scan(source)

        assert imports.modules == {}
        assert [notice for notice in imports.notices if "large.py" in notice]

    def test_prints_no_warning_of_the_source(self, scanned, recwarn):
        scanned(app="x = '\\d'\nassert (1, 2)\n")

        assert len(recwarn) == 0
