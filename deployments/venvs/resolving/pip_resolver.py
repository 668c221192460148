"""pip in the resolver's place, for those who prefer its choices: the lock is the same either way."""

from collections.abc import Sequence

from deployments.shell import Finished
from deployments.venvs.resolving import keeping, pip
from deployments.venvs.resolving.inputs import requirement_inputs
from deployments.venvs.resolving.pip import Chosen
from deployments.venvs.resolving.resolver import Answer, Resolver
from deployments.venvs.workbench import certificates_env, read_text
from packagerepos import config_files


def resolve(resolver: Resolver) -> Answer:
    """The versions that pip chooses, under the same rules; their files are found on the indexes that hold here."""
    governor, request = resolver.governor, resolver.request
    chosen, notices = _chosen(resolver)
    places = {line.name: line.place for line in request.lines if line.name and not line.is_constraint}
    needed_by = {**pip.needers(chosen, request.interpreter.markers), **places}
    settled = governor.sort({one.name: one.version for one in chosen}, needed_by)
    pins = [one.pin for one in chosen if one.name not in settled.names]
    packages = resolver.find(pins, request.requirements.hashes) if pins else ()
    return Answer((*packages, *settled.external), (*notices, *settled.notices))


def _chosen(resolver: Resolver) -> tuple[Sequence[Chosen], Sequence[str]]:
    """pip's answer with what is external and what is pre-installed, as far as everybody can do with that; notices."""
    request, constraints = resolver.request, resolver.governor.pins()
    further, notices = tuple[str, ...](), tuple[str, ...]()
    finished, chosen = _ask_pip(resolver, constraints)
    if finished.returncode != 0 and constraints:
        constraints = ()
        finished, chosen = _ask_pip(resolver, constraints)
        further, notices = resolver.governor.without_pins([one.name for one in chosen])
        if further:
            finished, chosen = _ask_pip(resolver, constraints, further)
    if finished.returncode != 0:
        raise pip.failure(finished.output, request.interpreter.version)
    if kept := keeping.kept(request.image, chosen, request.judged.kept, request.interpreter.markers):
        again, keeping_to_image = _ask_pip(resolver, (*constraints, *kept), further)
        if again.returncode == 0:
            chosen = keeping_to_image
    return chosen, notices


def _ask_pip(
    resolver: Resolver, constraints: Sequence[str], further: Sequence[str] = ()
) -> tuple[Finished, tuple[Chosen, ...]]:
    """What it would install under ``constraints`` for all that the source asks, and ``further`` requirements."""
    request, bench = resolver.request, resolver.workbench
    (asked,), _ = requirement_inputs(request, bench, resolver.tree)
    limits = asked.with_name("constraints.txt")
    for file, lines in ((asked, further), (limits, constraints)):
        file.write_text(file.read_text() + "".join(f"{line}\n" for line in lines))
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
