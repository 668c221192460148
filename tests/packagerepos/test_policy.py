from packagerepos.policy import Level, ProhibitedAction, Rule, Rules, Verdict, judge
from packagerepos.requirements import RequirementLine

LINUX = {"sys_platform": "linux", "python_version": "3.12", "extra": ""}


def line(text: str, name: str | None, **more: object) -> RequirementLine:
    return RequirementLine(text, "requirements.txt, line 1", name, **more)


def rules(external: str = "", prohibited: str = "", **more: object) -> Rules:
    return Rules(
        tuple(Rule(name, Level.SITE) for name in external.split()),
        tuple(Rule(name, Level.WORKSPACE) for name in prohibited.split()),
        **more,
    )


def verdicts(text: str, name: str, ruled: Rules, installed: dict[str, str]) -> list[Verdict]:
    return [finding.verdict for finding in judge([line(text, name)], ruled, installed, LINUX).findings]


class TestJudge:
    def test_keeps_what_nobody_listed(self) -> None:
        written = [line("numpy>=2", "numpy"), line("./lib", None, path="lib")]

        judged = judge(written, rules("scipy", "appnope"), {}, LINUX)

        assert (judged.kept, judged.findings) == (tuple(written), ())

    def test_drops_or_refuses_what_is_prohibited(self) -> None:
        assert verdicts("x==1", "x", rules(prohibited="x"), {}) == [Verdict.DROPPED]
        refusing = rules(prohibited="x", prohibited_action=ProhibitedAction.REFUSE)
        assert verdicts("x==1", "x", refusing, {}) == [Verdict.REFUSED]

    def test_takes_external_ones_by_name(self) -> None:
        assert verdicts("numpy==1.15", "numpy", rules("numpy"), {"numpy": "1.18.1"}) == [Verdict.EXTERNAL]
        assert verdicts("numpy==1.15", "numpy", rules("numpy"), {}) == [Verdict.MISSING]

    def test_takes_external_ones_by_version_where_that_is_wanted(self) -> None:
        exactly = rules("numpy", matches_versions=True)

        assert verdicts("numpy==1.15", "numpy", exactly, {"numpy": "1.18.1"}) == []
        assert verdicts("numpy>=1.15", "numpy", exactly, {"numpy": "1.18.1"}) == [Verdict.EXTERNAL]
        assert verdicts("numpy", "numpy", exactly, {"numpy": "2.0rc1"}) == [Verdict.EXTERNAL]
        assert verdicts("numpy @ https://example.org/numpy.whl", "numpy", exactly, {"numpy": "1.18.1"}) == []
        assert verdicts("numpy", "numpy", exactly, {}) == []

    def test_lets_the_prohibition_win(self) -> None:
        assert verdicts("x", "x", rules("x", "x"), {"x": "1"}) == [Verdict.DROPPED]

    def test_forgets_lines_for_other_systems_and_constraints(self) -> None:
        judged = judge(
            [line("x ; sys_platform == 'win32'", "x"), line("x<2", "x", is_constraint=True)],
            rules(prohibited="x"), {}, LINUX,
        )  # fmt: skip

        assert (judged.kept, judged.findings) == ((), ())


class TestRules:
    def test_survive_their_json(self) -> None:
        ruled = rules("numpy", "appnope pywin32", prohibited_action=ProhibitedAction.REFUSE, matches_versions=True)

        assert Rules.from_json(ruled.to_json()) == ruled

    def test_have_the_same_key_whoever_listed_a_name(self) -> None:
        assert Rules((Rule("a", Level.SITE),)).key == Rules((Rule("a", Level.WORKSPACE),)).key
