import os

from deployments.launchers.modules import MAX_MODULE_BYTES, MAX_SOURCE_BYTES, Source


class TestRead:
    def test_follows_no_link_out(self, write, tmp_path):
        source = write({"source/main.py": "", "outside.py": "secret"}) / "source"
        (source / "app.py").symlink_to(tmp_path / "outside.py")
        (source / "api").symlink_to(tmp_path)

        assert Source(source).read("main.py") == b""
        assert Source(source).read("app.py") is None
        assert Source(source).read("api/outside.py") is None
        assert Source(source).read("../outside.py") is None

    def test_reads_only_regular_files(self, tmp_path):
        (tmp_path / "loop.py").symlink_to("loop.py")
        os.mkfifo(tmp_path / "pipe.py")
        (tmp_path / "folder.py").mkdir()

        for name in ("loop.py", "pipe.py", "folder.py", "absent.py", "a" * 300, "nul\0.py"):
            assert Source(tmp_path).read(name) is None

    def test_leaves_a_huge_file(self, tmp_path):
        (tmp_path / "app.py").write_bytes(b"#" * (MAX_MODULE_BYTES + 1))

        assert Source(tmp_path).read("app.py") is None


class TestEntryModules:
    def test_asks_telling_names_first(self, write):
        files = ["zebra.py", "main.py", "app.py", "src/app.py", "shop/main.py", "app/main.py", "test_a.py", "setup.py"]
        source = Source(write(dict.fromkeys(files, "")))

        paths = [module.path for module in source.entry_modules()]

        assert paths == ["app.py", "main.py", "src/app.py", "app/main.py", "shop/main.py", "zebra.py"]

    def test_parses_no_more_than_some_seconds_worth(self, write):
        source = Source(write({f"m{number}.py": "#" * MAX_MODULE_BYTES for number in range(6)}))

        assert len(list(source.entry_modules())) == MAX_SOURCE_BYTES // MAX_MODULE_BYTES
