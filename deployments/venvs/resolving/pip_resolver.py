"""pip in the resolver's place, for those who prefer its choices: the lock is the same either way."""

from collections.abc import Sequence

from deployments.shell import Finished
from deployments.venvs.resolving import pip
from deployments.venvs.resolving.inputs import requirement_inputs
from deployments.venvs.resolving.resolver import Answer, Resolver
from deployments.venvs.workbench import certificates_env, read_text
from packagerepos import config_files


def resolve(resolver: Resolver) -> Answer:
    """The versions that pip chooses, under the same rules; their files are found on the indexes that hold here."""
    governor, request = resolver.governor, resolver.request
    external = governor.pins()
    finished, chosen = _ask_pip(resolver, external)
    if finished.returncode != 0 and external and request.rules.matches_versions:
        finished, chosen = _ask_pip(resolver, ())
    if finished.returncode != 0:
        raise pip.failure(finished.output, request.interpreter.version)
    places = {line.name: line.place for line in request.lines if line.name and not line.is_constraint}
    needed_by = {**pip.needers(chosen, request.interpreter.markers), **places}
    settled = governor.sort({one.name: one.version for one in chosen}, needed_by)
    pins = [one.pin for one in chosen if one.name not in settled.names]
    packages = resolver.find(pins, request.requirements.hashes) if pins else ()
    return Answer((*packages, *settled.external), settled.notices)


def _ask_pip(resolver: Resolver, external: Sequence[str]) -> tuple[Finished, tuple[pip.Chosen, ...]]:
    request, bench = resolver.request, resolver.workbench
    (asked,), _ = requirement_inputs(request, bench, resolver.tree)
    limits = asked.with_name("constraints.txt")
    limits.write_text(limits.read_text() + "".join(f"{pin}\n" for pin in external))
    report = bench.folder("report") / "report.json"
    program, indexes = pip.wheel(request.interpreter), request.effective_indexes
    argv = pip.command(
        program, asked, limits, python=request.interpreter.path, report=report,
        cache_dir=bench.cache, options=pip.options(request.requirements, indexes, resolver.tree),
    )  # fmt: skip
    reach = bench.reach(indexes)
    conf = config_files.pip_conf(indexes, (certificates_env() | reach).get("SSL_CERT_FILE"))
    env = pip.ENVIRONMENT | reach | {"PIP_CONFIG_FILE": str(bench.private_file("pip.conf", conf))}
    finished = resolver.finish(argv, readonly=(program,), env=env)
    return finished, pip.read_report(read_text(report)) if finished.returncode == 0 else ()
