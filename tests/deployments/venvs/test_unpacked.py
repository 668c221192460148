import pytest

from deployments.venvs import unpacked
from deployments.venvs.environments import environment_key, scope_for
from deployments.venvs.locking import lock

LOCAL = "--no-index\n--find-links ./wheels\n"


@pytest.fixture
def build(request_for, store, interpreter, bench, source):
    def make(text: str):
        locked = lock(request_for(text), bench)
        key = environment_key(locked, interpreter, scope_for(locked, bench.scope))
        return store.build(locked, interpreter, key, bench, source=source)

    return make


class TestPrune:
    def test_keeps_what_an_environment_shares(self, build, store, source, make_wheel):
        for name in ("kept", "gone"):
            make_wheel(source / "wheels", name)
        build(f"{LOCAL}kept\n")
        removed = build(f"{LOCAL}gone\n")
        store.remove(removed.key)

        assert unpacked.prune(store.uv_cache, idle_s=3600) == 0
        assert unpacked.prune(store.uv_cache, idle_s=-1) == 1
        assert unpacked.prune(store.uv_cache, idle_s=-1) == 0

    def test_leaves_a_cache_that_can_be_installed_from(self, build, store, source, make_wheel):
        for name in ("kept", "gone"):
            make_wheel(source / "wheels", name)
        kept = build(f"{LOCAL}kept\n")
        store.remove(build(f"{LOCAL}gone\n").key)
        unpacked.prune(store.uv_cache, idle_s=-1)

        both = build(f"{LOCAL}kept\ngone\n")

        assert store.verify(both.key) == ()
        inodes = {next(built.path.glob("lib/*/site-packages/kept.py")).stat().st_ino for built in (kept, both)}
        assert len(inodes) == 1

    def test_makes_do_without_a_cache(self, tmp_path):
        assert unpacked.prune(tmp_path, idle_s=0) == 0
