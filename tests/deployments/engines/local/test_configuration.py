"""What supervisord reads, by its own parser. What it does is in test_local."""

import shlex
from pathlib import Path

import pytest
from supervisor.options import ServerOptions

from deployments.engines.local.configuration import program_text
from deployments.engines.local.folders import Folder
from deployments.engines.local.settings import LocalSettings
from deployments.engines.local.writing import write_file


class TestProgramText:
    @pytest.mark.parametrize("name", ["plain", "with blank", "100%", "a ;b", "a #b", "it's", 'a"b', "%(here)s"])
    def test_says_the_same_wherever_the_platform_lives(self, tmp_path: Path, name: str) -> None:
        home = tmp_path / name
        home.mkdir()
        settings = LocalSettings(instances=home, run=Path("/run"), key_file=home / "key", python=home / "python")
        write_file(tmp_path / "conf", f"[supervisord]\n{program_text(settings, Folder(home, 'a'))}".encode())

        options = ServerOptions()
        options.configfile = str(tmp_path / "conf")
        options.realize(args=[])
        (group,) = options.process_group_configs

        words = shlex.split(group.process_configs[0].command)
        assert (words[4], words[-1]) == (str(home / "python"), str(home / "a"))
