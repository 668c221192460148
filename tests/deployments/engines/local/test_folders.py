import json
from pathlib import Path

from deployments.engines.local.folders import Folder
from workspaces.encryption import KeyRing, generate_key

OLD, NEW = generate_key(), generate_key()


class TestReseal:
    def test_seals_variables_and_private_files_with_the_first_key(self, tmp_path: Path) -> None:
        key_file = tmp_path / "keys"
        key_file.write_text(OLD)
        key_file.chmod(0o600)
        folder = Folder(tmp_path, "a")
        folder.make(None)
        folder.secrets.replace({"TOKEN": "hunter2"}, key_file)
        folder.private.replace({"files": {"/etc/x": "y"}, "hidden": []}, key_file)

        assert folder.reseal(KeyRing.from_text(f"{NEW}\n{OLD}"))

        ring = KeyRing.from_text(NEW)
        assert folder.secrets.read(ring) == {"TOKEN": "hunter2"}
        assert folder.private.read(ring)["files"] == {"/etc/x": "y"}
        assert not folder.reseal(KeyRing.from_text(f"{NEW}\n{OLD}"))


class TestRemove:
    def test_forgets_what_lies_in_clear(self, tmp_path: Path) -> None:
        folder = Folder(tmp_path, "a")
        folder.make(None)
        folder.files.mkdir()
        (folder.files / "settings").write_text(json.dumps("hunter2"))

        folder.remove_clear()
        folder.remove_clear()

        assert folder.home.is_dir()
        assert not folder.files.exists()
