"""Patterns of uv's words, each with the failure that it stands for."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from deployments.failures import Failure

NAME = r"[A-Za-z0-9][A-Za-z0-9._-]*"
PACKAGE = rf"`?(?P<name>{NAME})(?:\[[^\]]*\])?(?:(?: @ |==)[^`\s,]+)?`?"

#: Is told what matched, and for which version of Python it was said.
Explain = Callable[[re.Match[str], str], Failure]


@dataclass(frozen=True)
class Rule:
    pattern: re.Pattern[str]
    explain: Explain


def rule(pattern: str, explain: Explain) -> Rule:
    return Rule(re.compile(pattern, re.MULTILINE), explain)


def first(rules: Iterable[Rule], text: str, python: str = "") -> Failure | None:
    """What the first rule that knows ``text`` makes of it."""
    for one in rules:
        if match := one.pattern.search(text):
            return one.explain(match, python)
    return None
