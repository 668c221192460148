"""The key file as an operator finds it, loses it and changes it. The secrets are real rows."""

import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from config import secret_keys
from deployments.engines.local.folders import Folder
from tests.world import World
from workspaces.encryption import BadKeys, KeyRing, generate_key
from workspaces.errors import Conflict
from workspaces.models import Secret
from workspaces.operations import secret_scopes, secrets
from workspaces.operations.secret_keys import BATCH

NOW = datetime(2030, 1, 1, tzinfo=UTC)
OLD, NEW = generate_key(), generate_key()


@pytest.fixture
def key_file(tmp_path: Path, settings: Any) -> Path:
    settings.SECRET_KEYS_FILE = tmp_path / "secrets.keys"
    return Path(settings.SECRET_KEYS_FILE)


@pytest.fixture
def sealed(world: World, key_file: Path) -> Path:
    """Twelve secrets under the key OLD."""
    write(key_file, OLD)
    scope = secret_scopes.create(world.alice, name="prod")
    for number in range(12):
        secrets.put(world.alice, scope, key=f"k{number:02}", value=b"value", now=NOW)
    return key_file


def write(path: Path, *keys: str) -> None:
    path.touch(mode=0o600)
    path.write_text("\n".join(keys))


def rotate() -> str:
    out = io.StringIO()
    call_command("rotate_secret_keys", stdout=out)
    return out.getvalue()


class TestProvide:
    def test_makes_a_key_at_the_first_start(self, world: World, key_file: Path) -> None:
        secret_keys.provide()
        first = key_file.read_text()
        secret_keys.provide()

        assert KeyRing.from_file(key_file)
        assert key_file.read_text() == first
        assert key_file.stat().st_mode & 0o777 == 0o600

    def test_refuses_a_missing_file_while_secrets_exist(self, sealed: Path) -> None:
        sealed.unlink()

        with pytest.raises(BadKeys, match="does not exist, and nothing else opens 12 secrets") as refusal:
            secret_keys.provide()

        assert "(acme/prod/k00, acme/prod/k01, " in str(refusal.value)
        assert "acme/prod/k09, …)" in str(refusal.value)
        assert not sealed.exists()

    def test_refuses_a_file_that_others_can_read(self, sealed: Path) -> None:
        sealed.chmod(0o640)

        with pytest.raises(BadKeys, match=r"can be read by others \(mode 0640\)"):
            secret_keys.provide()

    @pytest.mark.parametrize("text", ["", "no key", OLD[:-1]], ids=["empty", "words", "too short"])
    def test_refuses_a_file_without_good_keys(self, sealed: Path, text: str) -> None:
        write(sealed, text)

        with pytest.raises(BadKeys) as refusal:
            secret_keys.provide()

        assert not text or text not in str(refusal.value)

    def test_refuses_other_keys_and_names_what_they_do_not_open(self, world: World, sealed: Path) -> None:
        write(sealed, NEW, OLD)
        secrets.put(world.alice, secret_scopes.create(world.alice, name="new"), key="k", value=b"v", now=NOW)
        write(sealed, NEW)

        with pytest.raises(BadKeys, match=r"does not hold the key that sealed 12 secrets \(acme/prod/k00") as refusal:
            secret_keys.provide()

        assert "acme/new/k" not in str(refusal.value)
        assert NEW not in str(refusal.value)

    def test_starts_without_them_when_told_so(self, world: World, sealed: Path, settings: Any) -> None:
        settings.ALLOW_LOST_SECRETS = True
        sealed.unlink()

        secret_keys.provide()

        scope = secret_scopes.find(world.alice, "prod")
        with pytest.raises(Conflict, match="cannot be opened"):
            secrets.read(world.alice, scope, key="k00")
        secrets.put(world.alice, scope, key="k00", value=b"anew", now=NOW)
        assert secrets.read(world.alice, scope, key="k00") == b"anew"

    def test_writes_keys_of_the_environment_where_processes_read_them(self, sealed: Path, settings: Any) -> None:
        settings.SECRET_KEYS = f"{NEW},{OLD}"
        sealed.chmod(0o644)

        secret_keys.provide()

        assert sealed.read_text() == f"{NEW}\n{OLD}\n"
        assert sealed.stat().st_mode & 0o777 == 0o600

    @pytest.mark.parametrize("text", [NEW, "nonsense"], ids=["another", "nonsense"])
    def test_keeps_the_file_when_the_environment_has_other_keys(self, sealed: Path, settings: Any, text: str) -> None:
        settings.SECRET_KEYS = text

        with pytest.raises(BadKeys, match=r"^SLIPWAY_SECRET_KEYS "):
            secret_keys.provide()

        assert sealed.read_text() == OLD


class TestRotate:
    def test_seals_everything_with_the_first_key(self, world: World, sealed: Path) -> None:
        write(sealed, NEW, OLD)

        said = rotate()

        write(sealed, NEW)
        secret_keys.provide()
        scope = secret_scopes.find(world.alice, "prod")
        assert {secrets.read(world.alice, scope, key=f"k{n:02}") for n in range(12)} == {b"value"}
        assert "Sealed anew: secrets 12," in said
        assert "Only the first key is needed" in said

    def test_does_nothing_twice(self, sealed: Path) -> None:
        write(sealed, NEW, OLD)
        rotate()
        before = list(Secret.objects.order_by("pk").values_list("sealed", "updated_at"))

        assert "Sealed anew: secrets 0," in rotate()
        assert list(Secret.objects.order_by("pk").values_list("sealed", "updated_at")) == before

    def test_goes_on_where_it_was_ended(self, world: World, sealed: Path) -> None:
        scope = secret_scopes.find(world.alice, "prod")
        Secret.objects.all().delete()
        ring = KeyRing.from_text(OLD)
        place = f"secret:{scope.workspace.uuid}:{scope.uuid}:".encode()
        Secret.objects.bulk_create(
            Secret(
                workspace=scope.workspace,
                scope=scope,
                key=f"k{n}",
                sealed=ring.seal(b"v", place + f"k{n}".encode()),
                updated_at=NOW,
            )
            for n in range(BATCH + 5)
        )
        write(sealed, NEW, OLD)
        # As when the first batch was done and the process killed.
        from workspaces.operations import secret_keys as rows

        class Killed(Exception):
            pass

        def die(_: int) -> None:
            raise Killed

        with pytest.raises(Killed):
            rows.reseal(KeyRing.from_file(sealed), die)

        assert "Sealed anew: secrets 5," in rotate()

    def test_names_what_no_key_opens_and_seals_the_rest(self, world: World, sealed: Path, settings: Any) -> None:
        changed = Secret.objects.get(key="k07")
        changed.sealed = bytes(changed.sealed)[:-1] + b"?"
        changed.save()
        write(sealed, NEW, OLD)

        with pytest.raises(CommandError, match=r"No key opens 1 secret \(acme/prod/k07\)"):
            rotate()

        ring = KeyRing.from_text(NEW)
        assert sum(ring.is_current(bytes(secret.sealed)) for secret in Secret.objects.all()) == 11

    def test_seals_what_instances_restart_with(self, world: World, sealed: Path, settings: Any) -> None:
        folder = Folder(settings.HOME.instances, "rotated")
        folder.make(None)
        for sealed_file in (folder.secrets, folder.private):
            sealed_file.replace({"PASSWORD": "horse"}, sealed)
        write(sealed, NEW, OLD)

        said = rotate()

        for sealed_file in (folder.secrets, folder.private):
            assert sealed_file.read(KeyRing.from_text(NEW)) == {"PASSWORD": "horse"}
        assert "instances of apps 1." in said
        folder.remove()

    def test_refuses_bad_keys(self, sealed: Path) -> None:
        sealed.chmod(0o604)

        with pytest.raises(CommandError, match="can be read by others"):
            rotate()
