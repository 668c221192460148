import stat
from pathlib import Path

import pytest

from config.home import Home, UnusableHome


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.usefixtures("short_temporary_folder")
class TestCreate:
    def test_closes_everything_to_others(self, tmp_path: Path) -> None:
        home = Home(tmp_path / "home")

        home.create()

        folders = [home.root, *(path for path in home.root.rglob("*") if path.is_dir())]
        assert {mode(folder) for folder in folders} == {0o700}

    def test_lets_others_pass_to_what_apps_use_but_not_look_around(self, tmp_path: Path) -> None:
        home = Home(tmp_path / "home")

        home.create(passable=True)

        assert {mode(folder) for folder in (home.root, home.bundles, home.environments, home.instances)} == {0o711}
        assert {mode(folder) for folder in (home.keys, home.logs, home.proxy, home.run / "web")} == {0o700}

    def test_refuses_data_of_another_form(self, tmp_path: Path) -> None:
        home = Home(tmp_path)
        home.create()
        home.version.write_text("99\n")

        with pytest.raises(UnusableHome, match="holds data of form 99"):
            home.create()

    def test_keeps_sockets_short_when_the_home_is_deep(self, tmp_path: Path) -> None:
        home = Home(tmp_path / ("deep" * 30))

        home.create()

        assert len(str(home.run)) < 70
        assert mode(home.run) == 0o700
