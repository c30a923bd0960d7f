"""axe-core: what a page violates."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe

AXE = Axe()
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
    "preload": False,
}
#: what words can break; colours are the same in every language
OF_WORDS = {**RULES, "rules": {"color-contrast": {"enabled": False}}}
#: what a theme can break; everything else is the same page
OF_COLOUR = {
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
    "resultTypes": ["violations"],
    "preload": False,
}


#: rows and choices after the sixth are made as those before
SAME_AGAIN = ["tbody > tr:nth-child(n+7)", "option:nth-child(n+7)", "[role=option]:nth-child(n+7)"]
RUN = """async ([again, rules]) => (await axe.run({exclude: again.map(one => [one])}, rules)).violations.flatMap(
    found => found.nodes.map(node => `${found.id}: ${node.target} ${node.failureSummary.slice(0, 160)}`))"""


def violations(page: Any, rules: Any = RULES) -> list[str]:
    """What the rules find on the page as it is now, one line a place. axe-core is brought to a page once."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.axe_script)
    found: list[str] = page.evaluate(RUN, [SAME_AGAIN, rules])
    return found
