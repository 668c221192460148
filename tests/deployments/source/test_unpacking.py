"""Real archives, made by the test, of every kind that people and attackers upload."""

import bz2
import fcntl
import gzip
import io
import lzma
import os
import shutil
import signal
import stat
import struct
import subprocess
import sys
import tarfile
import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deployments.failures import Failure, FailureKind
from deployments.source.unpacking import Unpacked, UnpackLimits, digest, remove_leftovers, unpack

SMALL = UnpackLimits(total_bytes=100_000, files=20, file_bytes=60_000, ratio=50, path_length=200, depth=8)
MIB = 1024 * 1024
PROJECT = Path(__file__).parents[3]


def tar_of(*members, mode="w:gz"):
    """A tar archive of (name, content) pairs and of ready ``TarInfo`` objects."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as tar:
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                tar.addfile(member)
            else:
                info = tarfile.TarInfo(member[0])
                info.size = len(member[1])
                tar.addfile(info, io.BytesIO(member[1]))
    return buffer.getvalue()


def special(name, kind, target="", **fields):
    info = tarfile.TarInfo(name)
    info.type = kind
    info.linkname = target
    for field, value in fields.items():
        setattr(info, field, value)
    return info


def zip_of(*members, **options):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()


def zip_info(name, mode):
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = mode << 16
    return info


@pytest.fixture
def unpacked(tmp_path):
    """Unpack bytes to ``tmp_path / "source"``; in the end nothing else may have appeared."""
    (tmp_path / "bundles").mkdir()

    def unpack_bytes(data: bytes, limits: UnpackLimits = SMALL) -> Unpacked:
        (tmp_path / "upload").write_bytes(data)
        return unpack(tmp_path / "upload", tmp_path / "bundles" / "source", limits)

    yield unpack_bytes
    assert {path.name for path in tmp_path.iterdir()} == {"upload", "bundles"}
    assert {path.name for path in (tmp_path / "bundles").iterdir()} <= {"source"}


@pytest.fixture
def source(tmp_path):
    return tmp_path / "bundles" / "source"


@pytest.fixture
def refusal(unpacked, source):
    """The failure that an archive ends in; nothing of it may be left."""

    def refuse(data: bytes, limits: UnpackLimits = SMALL) -> Failure:
        with pytest.raises(Failure) as caught:
            unpacked(data, limits)
        assert not source.exists()
        assert caught.value.message.endswith(".")
        assert str(source.parent) not in caught.value.message + caught.value.hint
        return caught.value

    return refuse


def tree(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


FILES = (("app.py", b"print('hello')\n"), ("templates/index.html", b"<h1>hello</h1>"))


class TestFormats:
    @pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
    def test_unpacks_a_tar_however_compressed(self, unpacked, source, mode):
        result = unpacked(tar_of(*FILES, mode=mode))

        assert tree(source) == {"app.py", "templates", "templates/index.html"}
        assert (source / "app.py").read_bytes() == b"print('hello')\n"
        assert (result.files, result.bytes) == (2, 29)

    def test_unpacks_a_zip(self, unpacked, source):
        unpacked(zip_of(*FILES))

        assert tree(source) == {"app.py", "templates", "templates/index.html"}

    @pytest.mark.parametrize("compress", [gzip.compress, lzma.compress, bz2.compress])
    def test_unpacks_streams_put_one_behind_another(self, unpacked, source, compress):
        data = tar_of(*FILES, mode="w")

        unpacked(compress(data[:700]) + compress(data[700:]))

        assert (source / "app.py").exists()

    @pytest.mark.parametrize("format", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
    def test_reads_long_and_foreign_names(self, unpacked, source, format):
        name = "templates/" + "ä" * 80 + ".html"
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w", format=format) as tar:
            tar.addfile(tarfile.TarInfo(name))
            tar.addfile(tarfile.TarInfo("app.py"))

        unpacked(buffer.getvalue())

        assert (source / name).exists()

    def test_reads_what_the_tar_program_writes(self, unpacked, source, tmp_path):
        folder = tmp_path / "bundles" / "source"
        folder.mkdir()
        (folder / "app.py").write_text("1")
        data = subprocess.run(["tar", "cz", "-C", str(folder), "."], check=True, capture_output=True).stdout
        (folder / "app.py").unlink()
        folder.rmdir()

        unpacked(data)

        assert tree(source) == {"app.py"}

    def test_reads_names_that_macos_writes_without_saying_they_are_utf8(self, unpacked, source):
        data = zip_of(("grüße.py", b"1"), ("app.py", b"2"))
        unflagged = bytearray(data)
        unflagged[7] = unflagged[data.index(b"PK\x01\x02") + 9] = 0
        assert zipfile.ZipFile(io.BytesIO(unflagged)).namelist() != ["grüße.py", "app.py"]

        unpacked(bytes(unflagged))

        assert (source / "grüße.py").exists()

    def test_reads_backslashes_of_windows_as_folders(self, unpacked, source):
        unpacked(zip_of(("pages\\home.py", b"1"), ("app.py", b"2")))

        assert (source / "pages" / "home.py").exists()

    @pytest.mark.parametrize(
        "data",
        [b"import flask\n", b"\x7fELF" + bytes(600), gzip.compress(b"no tar at all" * 90), b"PK", bytes(100)],
        ids=["Python", "program", "gzip without a tar", "a zip's beginning", "zeros"],
    )
    def test_refuses_what_is_not_an_archive(self, refusal, data):
        failure = refusal(data)

        assert failure.kind is FailureKind.BAD_ARCHIVE
        assert ".tar.gz" in failure.hint or "damaged" in failure.message

    def test_names_a_format_that_is_not_supported(self, refusal):
        assert "7-Zip" in refusal(b"7z\xbc\xaf\x27\x1c" + bytes(50)).message

    def test_refuses_an_empty_upload(self, refusal):
        assert "empty" in refusal(b"").message

    @pytest.mark.parametrize(
        "data",
        [tar_of(), zip_of(), zip_of(("empty/", b"")), tar_of((".git/config", b"x"))],
        ids=["empty tar", "empty zip", "an empty folder", "only junk"],
    )
    def test_refuses_an_archive_without_a_file(self, refusal, data):
        assert "holds no file" in refusal(data).message


class TestDamage:
    @pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
    def test_refuses_a_tar_cut_off_anywhere(self, refusal, mode):
        data = tar_of(("app.py", os.urandom(3000)), ("b.py", b"2"), mode=mode)
        whole = len(data) if mode != "w" else 512 + 3072 + 1024

        for length in (whole // 4, whole // 2, whole - 600, whole - 1):
            assert refusal(data[:length]).kind is FailureKind.BAD_ARCHIVE

    def test_says_after_which_member_the_damage_is(self, refusal):
        data = tar_of(("app.py", b"1"), ("b.py", b"2"), mode="w")

        assert "after 'app.py'" in refusal(data[:1024] + b"\xff" * 512 + data[1536:]).message

    def test_refuses_a_cut_off_zip(self, refusal):
        data = zip_of(("app.py", os.urandom(3000)))

        for length in (100, len(data) - 60, len(data) - 1):
            assert "damaged" in refusal(data[:length]).message

    def test_refuses_a_zip_whose_content_was_changed(self, refusal):
        data = bytearray(zip_of(("app.py", os.urandom(3000))))
        data[500] ^= 0xFF

        assert "damaged" in refusal(bytes(data)).message


class TestNames:
    @pytest.mark.parametrize("name", ["../up.py", "a/../../up.py", "a/..", ".."])
    @pytest.mark.parametrize("make", [tar_of, zip_of])
    def test_refuses_a_way_up(self, refusal, make, name):
        failure = refusal(make(("app.py", b"1"), (name, b"2")))

        assert name in failure.message
        assert "'..'" in failure.message

    @pytest.mark.parametrize("name", ["/etc/passwd", "//etc/passwd", "C:/windows/x", "C:\\windows\\x"])
    def test_refuses_an_absolute_path(self, refusal, name):
        assert "absolute path" in refusal(zip_of(("app.py", b"1"), (name, b"2"))).message

    def test_refuses_an_absolute_path_in_a_tar(self, refusal):
        assert "'/etc/passwd', an absolute path" in refusal(tar_of(("/etc/passwd", b"1"))).message

    @pytest.mark.parametrize("name", ["a\nb.py", "a\x1b[2J.py", "a\x7f", "a\u202egpj.py", "a\u2028b"])
    def test_refuses_characters_that_spoof(self, refusal, name):
        failure = refusal(tar_of((name, b"1")))

        assert "control character" in failure.message
        assert name not in failure.message

    def test_refuses_a_nul_in_a_zip_name(self, refusal):
        data = zip_of(("app.pyX.txt", b"1")).replace(b"app.pyX", b"app.py\0")

        assert "control character" in refusal(data).message

    def test_refuses_a_name_that_is_not_utf8(self, refusal):
        data = tar_of(("caf\udce9.py", b"1"), mode="w")

        assert "not UTF-8" in refusal(data).message

    def test_refuses_paths_too_long_or_too_deep(self, refusal):
        assert "longer than 200 bytes" in refusal(tar_of(("a" * 150 + "/" + "b" * 100, b"1"))).message
        assert "more than 8 folders deep" in refusal(tar_of(("a/" * 9 + "b", b"1"))).message
        assert "name longer than 255" in refusal(tar_of(("a" * 256, b"1")), UnpackLimits()).message

    @pytest.mark.parametrize("make", [tar_of, zip_of])
    @pytest.mark.filterwarnings("ignore:Duplicate name")
    def test_refuses_a_member_that_comes_twice(self, refusal, make):
        assert "'app.py' twice" in refusal(make(("app.py", b"good"), ("app.py", b"evil"))).message

    @pytest.mark.filterwarnings("ignore:Duplicate name")
    def test_refuses_a_member_that_comes_twice_by_another_spelling(self, refusal):
        assert "twice" in refusal(tar_of(("app.py", b"good"), ("./app.py", b"evil"))).message

    def test_refuses_a_file_where_a_folder_must_be(self, refusal):
        assert "as a file and as a folder" in refusal(tar_of(("a", b"1"), ("a/b", b"2"))).message
        assert "as a file and as a folder" in refusal(tar_of(("a/b", b"1"), ("a", b"2"))).message


class TestLinks:
    def test_keeps_a_link_that_stays_inside(self, unpacked, source):
        unpacked(tar_of(("shared/style.css", b"x"), ("app.py", b""), special("static", tarfile.SYMTYPE, "shared")))

        assert (source / "static" / "style.css").read_bytes() == b"x"
        assert os.readlink(source / "static") == "shared"

    def test_keeps_a_link_of_a_zip(self, unpacked, source):
        unpacked(zip_of(("a.py", b"x"), (zip_info("b.py", stat.S_IFLNK | 0o777), b"a.py")))

        assert os.readlink(source / "b.py") == "a.py"

    def test_keeps_a_link_that_names_the_wrapping_folder(self, unpacked, source):
        unpacked(tar_of(("my-app/a.py", b"x"), special("my-app/b.py", tarfile.SYMTYPE, "../my-app/a.py")))

        assert (source / "b.py").read_bytes() == b"x"

    @pytest.mark.parametrize("target", ["/etc/passwd", "../secret", "a/../../secret", "..", "../../../etc", ""])
    def test_refuses_a_link_out(self, refusal, target):
        failure = refusal(tar_of(("app.py", b"1"), special("x", tarfile.SYMTYPE, target)))

        assert "'x' leads out of the source folder" in failure.message

    def test_refuses_a_link_out_of_the_wrapping_folder(self, refusal):
        data = tar_of(("my-app/a.py", b"x"), special("my-app/b", tarfile.SYMTYPE, ".."))

        assert "leads out" in refusal(data).message

    def test_refuses_a_link_out_of_a_zip(self, refusal):
        data = zip_of(("a.py", b"x"), (zip_info("b.py", stat.S_IFLNK | 0o777), b"../../etc/passwd"))

        assert "leads out" in refusal(data).message

    def test_refuses_to_write_through_a_link(self, refusal):
        data = tar_of(("d/x", b"1"), special("link", tarfile.SYMTYPE, "d"), ("link/evil.py", b"2"))

        assert "through the link 'link'" in refusal(data).message

    def test_refuses_a_file_in_place_of_a_link(self, refusal):
        data = tar_of(("d", b"1"), special("link", tarfile.SYMTYPE, "d"), ("link", b"2"))

        assert "twice" in refusal(data).message

    def test_cannot_be_led_out_by_a_chain_of_links(self, unpacked, source):
        unpacked(
            tar_of(
                ("a/b/c/file", b"1"),
                ("secret", b"2"),
                special("deep", tarfile.SYMTYPE, "a/b/c"),
                special("x", tarfile.SYMTYPE, "deep/../secret"),
                special("y", tarfile.SYMTYPE, "x/../deep/../a"),
            )
        )

        assert (source / "y").is_symlink()
        for path in source.rglob("*"):
            assert path.resolve().is_relative_to(source)

    def test_leaves_out_links_to_nothing_and_to_their_own_folder(self, unpacked, source):
        result = unpacked(
            tar_of(
                ("app.py", b"1"),
                special("gone", tarfile.SYMTYPE, "missing"),
                special("one", tarfile.SYMTYPE, "two"),
                special("two", tarfile.SYMTYPE, "one"),
                special("self", tarfile.SYMTYPE, "."),
            )
        )

        assert tree(source) == {"app.py"}
        assert len(result.notices) == 4

    def test_copies_a_hard_link(self, unpacked, source):
        unpacked(tar_of(("a.py", b"x"), special("b.py", tarfile.LNKTYPE, "a.py")))

        assert (source / "b.py").read_bytes() == b"x"
        assert (source / "b.py").stat().st_nlink == 1

    @pytest.mark.parametrize("target", ["/etc/passwd", "../../etc/passwd", "later.py", "folder", "link"])
    def test_refuses_a_hard_link_to_anything_but_an_earlier_file(self, refusal, target):
        data = tar_of(
            ("folder/a.py", b"x"),
            special("link", tarfile.SYMTYPE, "folder/a.py"),
            special("b.py", tarfile.LNKTYPE, target),
            ("later.py", b"y"),
        )

        assert refusal(data).kind is FailureKind.BAD_ARCHIVE


class TestKinds:
    @pytest.mark.parametrize(
        ("kind", "word"),
        [
            (tarfile.CHRTYPE, "device"),
            (tarfile.BLKTYPE, "device"),
            (tarfile.FIFOTYPE, "named pipe"),
            (b"V", "not known"),
        ],
    )
    def test_refuses_special_files(self, refusal, kind, word):
        failure = refusal(tar_of(("app.py", b"1"), special("dev", kind)))

        assert "'dev'" in failure.message
        assert word in failure.message

    @pytest.mark.parametrize("mode", [stat.S_IFCHR, stat.S_IFIFO, stat.S_IFSOCK])
    def test_refuses_special_files_of_a_zip(self, refusal, mode):
        assert "'dev'" in refusal(zip_of((zip_info("dev", mode | 0o644), b""))).message

    def test_refuses_a_sparse_file(self, refusal, tmp_path):
        with (tmp_path / "bundles" / "source").open("wb") as file:
            file.truncate(8 * MIB)
            file.seek(4 * MIB)
            file.write(b"x")
        argv = ["tar", "c", "--sparse", "-C", str(tmp_path / "bundles"), "source"]
        data = {
            f: subprocess.run([*argv, f"--format={f}"], check=True, capture_output=True).stdout for f in ("gnu", "pax")
        }
        (tmp_path / "bundles" / "source").unlink()

        for archive in data.values():
            assert len(archive) < MIB
            assert "sparse" in refusal(archive).message

    def test_refuses_an_encrypted_zip(self, refusal):
        data = bytearray(zip_of(("app.py", b"1")))
        data[data.index(b"PK\x01\x02") + 8] |= 1
        data[6] |= 1

        assert "encrypted" in refusal(bytes(data)).message

    @pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
    def test_refuses_a_zip_method_without_bounds(self, refusal, method):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", method) as archive:
            archive.writestr("app.py", b"1")

        assert "deflate" in refusal(buffer.getvalue()).message


class TestBombs:
    def test_refuses_too_many_files(self, refusal):
        many = [(f"{n}.py", b"") for n in range(21)]

        assert refusal(tar_of(*many)).kind is FailureKind.ARCHIVE_TOO_LARGE
        assert "more than 20 files" in refusal(zip_of(*many)).message

    def test_refuses_too_many_folders(self, refusal):
        folders = [special(f"{n}", tarfile.DIRTYPE) for n in range(30)]

        assert "more than 20 files" in refusal(tar_of(*folders)).message

    def test_refuses_too_many_members_that_are_left_out(self, refusal):
        many = [(f".git/{n}", b"") for n in range(201)]

        assert "more than 20 files" in refusal(tar_of(*many)).message

    def test_refuses_too_large_a_file(self, refusal):
        assert "'data.csv' is larger than" in refusal(tar_of(("data.csv", os.urandom(60_001)))).message

    def test_refuses_too_much_in_all(self, refusal):
        files = [(f"{n}.bin", os.urandom(50_000)) for n in range(3)]

        assert "more than 100000 bytes" in refusal(zip_of(*files)).message

    @pytest.mark.parametrize("mode", ["w:gz", "w:bz2", "w:xz"])
    def test_refuses_a_ratio_of_a_bomb(self, refusal, mode):
        data = tar_of(("zeros", bytes(20 * MIB)), mode=mode)
        assert len(data) < MIB

        assert "50 times" in refusal(data, UnpackLimits(ratio=50)).message

    def test_refuses_a_zip_bomb(self, refusal):
        assert "50 times" in refusal(zip_of(("zeros", bytes(20 * MIB))), UnpackLimits(ratio=50)).message

    def test_refuses_a_bomb_in_what_is_left_out(self, refusal):
        data = tar_of(("app.py", b"1"), (".git/pack", bytes(20 * MIB)))

        assert refusal(data, UnpackLimits(ratio=50)).kind is FailureKind.ARCHIVE_TOO_LARGE

    def test_counts_hard_links_as_copies(self, refusal):
        links = [special(f"{n}", tarfile.LNKTYPE, "data") for n in range(5)]

        assert "more than 100000 bytes" in refusal(tar_of(("data", os.urandom(50_000)), *links)).message

    def test_does_not_believe_the_sizes_of_a_zip(self, refusal):
        content = bytes(5000)
        data = zip_of(("app.py", content))

        for lie in (10, 1_000_000):
            assert (
                refusal(data.replace(struct.pack("<I", 5000), struct.pack("<I", lie))).kind is FailureKind.BAD_ARCHIVE
            )

    def test_does_not_believe_a_size_and_checksum_that_agree(self, refusal):
        data = zip_of(("app.py", b"a" * 10 + bytes(4990)))
        lying = data.replace(struct.pack("<I", 5000), struct.pack("<I", 6000))

        assert "damaged" in refusal(lying).message

    def test_refuses_zip_entries_that_overlap(self, refusal):
        kernel = zip_of(("one.bin", os.urandom(4000)))
        start = kernel.index(b"PK\x01\x02")
        entry = kernel[start : kernel.index(b"PK\x05\x06")]
        end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 9, 9, 9 * len(entry), start, 0)

        assert "overlaps" in refusal(kernel[:start] + entry * 9 + end).message

    def test_refuses_a_directory_of_endless_length(self, refusal):
        end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 9, 9, 30 * MIB, 4, 0)

        assert "files" in refusal(b"PK\x03\x04" + bytes(30 * MIB) + end).message

    def test_refuses_a_header_of_endless_length(self, refusal):
        data = tar_of(("app.py", b"1"), special("x", tarfile.XHDTYPE, size=50 * MIB), mode="w")

        assert "damaged after 'app.py'" in refusal(data).message

    def test_refuses_headers_nested_without_end(self, refusal):
        header = (
            special("././@LongLink", tarfile.GNUTYPE_LONGNAME, size=1).tobuf(tarfile.GNU_FORMAT) + b"a" + bytes(511)
        )
        one = tar_of(("app.py", b"1"), mode="w")[:1024]

        assert "damaged" in refusal(one + header * 5000).message

    @pytest.mark.parametrize("size", [-512, -1024, -1536])
    def test_refuses_a_size_that_points_backwards(self, refusal, size):
        info = tarfile.TarInfo("app.py")
        info.pax_headers = {"size": str(size)}
        data = info.tobuf(tarfile.PAX_FORMAT) + bytes(1024)

        assert "damaged" in refusal(data).message

    def test_refuses_an_xz_that_wants_too_much_memory(self, refusal):
        # Only the announced size of the dictionary matters; making one needs as much memory, so it is patched in.
        small = bytearray(
            lzma.compress(tar_of(("a", b"1"), mode="w"), filters=[{"id": lzma.FILTER_LZMA2, "preset": 0}])
        )
        header_size = (small[12] + 1) * 4
        position = small.index(b"\x21\x01", 12) + 2
        small[position] = 34
        small[12 + header_size - 4 : 12 + header_size] = struct.pack("<I", zlib.crc32(small[12 : 12 + header_size - 4]))

        assert "damaged" in refusal(bytes(small)).message


class TestWhatIsWritten:
    def test_normalises_modes(self, unpacked, source):
        previous = os.umask(0o077)
        try:
            unpacked(
                tar_of(
                    special("run.sh", tarfile.REGTYPE, mode=0o6777),
                    special("app.py", tarfile.REGTYPE, mode=0o600),
                    special("d", tarfile.DIRTYPE, mode=0o2700),
                    special("d/x", tarfile.REGTYPE, mode=0),
                )
            )
        finally:
            os.umask(previous)

        modes = {str(path.relative_to(source)): stat.S_IMODE(path.stat().st_mode) for path in source.rglob("*")}
        assert modes == {"run.sh": 0o755, "app.py": 0o644, "d": 0o755, "d/x": 0o644}
        assert stat.S_IMODE(source.stat().st_mode) == 0o755

    def test_keeps_the_executable_bit_of_a_zip(self, unpacked, source):
        unpacked(zip_of((zip_info("run.sh", stat.S_IFREG | 0o4755), b"1"), ("app.py", b"2")))

        assert stat.S_IMODE((source / "run.sh").stat().st_mode) == 0o755

    @pytest.mark.parametrize("mtime", [-5, 0, 1e15, float("nan"), float("inf")])
    def test_keeps_times_sane(self, unpacked, source, mtime):
        info = special("app.py", tarfile.REGTYPE)
        info.pax_headers = {"mtime": str(mtime)}

        unpacked(info.tobuf(tarfile.PAX_FORMAT) + bytes(1024))

        assert (
            315_532_800 <= (source / "app.py").stat().st_mtime <= (source.parent.parent / "upload").stat().st_mtime + 60
        )

    @pytest.mark.parametrize("make", [tar_of, zip_of])
    def test_takes_off_the_one_folder_that_wraps_everything(self, unpacked, source, make):
        result = unpacked(
            make(("__MACOSX/._x", b""), (".DS_Store", b""), ("my-app/app.py", b"1"), ("my-app/d/x", b"2"))
        )

        assert tree(source) == {"app.py", "d", "d/x"}
        assert result.notices == ("Everything lies in 'my-app', so that folder is the source.",)

    def test_takes_off_one_folder_only(self, unpacked, source):
        unpacked(tar_of(("a/b/app.py", b"1")))

        assert tree(source) == {"b", "b/app.py"}

    def test_keeps_a_folder_that_is_not_alone(self, unpacked, source):
        unpacked(tar_of(("my-app/app.py", b"1"), ("README.md", b"2")))

        assert tree(source) == {"my-app", "my-app/app.py", "README.md"}

    def test_leaves_out_junk_with_a_notice(self, unpacked, source):
        result = unpacked(
            tar_of(
                ("app.py", b"1"),
                (".git/config", b"x"),
                ("pkg/__pycache__/a.pyc", b"x"),
                special(".venv/bin/python", tarfile.SYMTYPE, "/usr/bin/python3"),
                ("venv/x", b"x"),
                ("pkg/._a.py", b"x"),
                ("pkg/a.py", b"1"),
            )
        )

        assert tree(source) == {"app.py", "pkg", "pkg/a.py"}
        assert [notice.split(":")[0] for notice in result.notices] == [
            "Left out .git", "Left out .venv", "Left out __pycache__", "Left out venv",
        ]  # fmt: skip
        assert result.files == 2

    def test_refuses_a_folder_that_exists(self, unpacked, source):
        unpacked(tar_of(*FILES))

        with pytest.raises(FileExistsError):
            unpacked(tar_of(("evil.py", b"")))

        assert not (source / "evil.py").exists()


KILLED_IN_THE_MIDDLE = """
import os, signal, sys
from pathlib import Path
from deployments.source import tree
from deployments.source.unpacking import UnpackLimits, unpack

class Dying(tree.Tree):
    def link(self):
        os.kill(os.getpid(), signal.SIGKILL)

import deployments.source.unpacking as unpacking
unpacking.Tree = Dying
unpack(Path(sys.argv[1]), Path(sys.argv[2]), UnpackLimits())
"""


class TestKilled:
    def test_leaves_nothing_taken_for_whole(self, tmp_path):
        (tmp_path / "upload").write_bytes(tar_of(*FILES))
        bundles = tmp_path / "bundles"
        bundles.mkdir()
        argv = [sys.executable, "-c", KILLED_IN_THE_MIDDLE, str(tmp_path / "upload"), str(bundles / "source")]

        ended = subprocess.run(argv, check=False, cwd=PROJECT)

        assert ended.returncode == -signal.SIGKILL
        assert [path.name.startswith(".unpacking-") for path in bundles.iterdir()] == [True]
        unpack(tmp_path / "upload", bundles / "source", SMALL)
        assert [path.name for path in bundles.iterdir()] == ["source"]

    def test_spares_what_is_being_unpacked(self, tmp_path):
        (tmp_path / ".unpacking-living").mkdir()
        descriptor = os.open(tmp_path, os.O_RDONLY)
        fcntl.flock(descriptor, fcntl.LOCK_SH)

        remove_leftovers(tmp_path)
        assert (tmp_path / ".unpacking-living").exists()

        os.close(descriptor)
        remove_leftovers(tmp_path)
        assert not (tmp_path / ".unpacking-living").exists()


class TestDigest:
    def test_is_the_sha256_of_the_bytes(self, tmp_path):
        (tmp_path / "upload").write_bytes(b"abc")

        assert digest(tmp_path / "upload") == (
            "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        )


PARTS = st.sampled_from(["..", ".", "", "a", "b", "link", "app.py", ".git", "/", "~", "\\", "C:", "\udcff", "x\n"])
NAMES = st.lists(PARTS, min_size=1, max_size=5).map("/".join).filter(bool)
KINDS = st.sampled_from([tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE])
MEMBERS = st.lists(st.tuples(NAMES, KINDS, NAMES, st.integers(0, 0o7777)), min_size=1, max_size=12)
HOSTILE = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def assert_harmless(folder: Path, data: bytes) -> None:
    """Unpacked or refused, nothing outside changes, and nothing inside leads out or can be misused."""
    parent = folder / "bundles"
    parent.mkdir(exist_ok=True)
    (folder / "upload").write_bytes(data)
    (folder / "secret").write_text("secret")
    source = parent / "source"
    refusal = None
    try:
        unpack(folder / "upload", source, SMALL)
    except Failure as failure:
        refusal = failure
    if refusal is not None:
        assert str(folder) not in refusal.message
        assert refusal.message.isprintable()
        assert not source.exists()
    else:
        for path in [source, *source.rglob("*")]:
            assert path.resolve(strict=True).is_relative_to(source)
            assert path.is_symlink() or stat.S_IMODE(path.lstat().st_mode) in (0o644, 0o755)
            assert path.is_file() or path.is_dir()
        shutil.rmtree(source)
    assert list(parent.iterdir()) == []
    assert (folder / "secret").read_text() == "secret"
    assert {path.name for path in folder.iterdir()} == {"bundles", "upload", "secret"}


class TestHostileArchives:
    @HOSTILE
    @given(members=MEMBERS)
    def test_tar_members_of_any_kind_and_name_do_no_harm(self, tmp_path, members):
        infos = [special(name, kind, target, mode=mode) for name, kind, target, mode in members]

        assert_harmless(tmp_path, tar_of(*infos, mode="w"))

    @HOSTILE
    @given(members=MEMBERS)
    @pytest.mark.filterwarnings("ignore:Duplicate name")
    def test_zip_entries_of_any_kind_and_name_do_no_harm(self, tmp_path, members):
        modes = {tarfile.SYMTYPE: stat.S_IFLNK, tarfile.FIFOTYPE: stat.S_IFIFO}
        entries = [
            (zip_info(name.replace("\udcff", "ÿ"), modes.get(kind, stat.S_IFREG) | mode), target.replace("\udcff", "ÿ"))
            for name, kind, target, mode in members
        ]

        assert_harmless(tmp_path, zip_of(*entries))

    @HOSTILE
    @given(data=st.data(), make=st.sampled_from(["w", "w:gz", "w:bz2", "w:xz", "zip"]))
    def test_flipped_bytes_do_no_harm(self, tmp_path, data, make):
        whole = zip_of(*FILES) if make == "zip" else tar_of(*FILES, mode=make)
        archive = bytearray(whole)
        for position, value in data.draw(
            st.lists(st.tuples(st.integers(0, len(archive) - 1), st.integers(0, 255)), min_size=1, max_size=8)
        ):
            archive[position] = value

        assert_harmless(tmp_path, bytes(archive[: data.draw(st.integers(1, len(archive)))]))

    @HOSTILE
    @given(
        data=st.binary(max_size=3000),
        magic=st.sampled_from([b"", b"PK\x03\x04", b"\x1f\x8b\x08", b"BZh9", b"\xfd7zXZ\x00"]),
    )
    def test_noise_does_no_harm(self, tmp_path, data, magic):
        assert_harmless(tmp_path, magic + data)
