"""axe-core: what a page violates."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from axe_playwright_python.sync_playwright import Axe

AXE = Axe()
#: a text's contrast hangs on nothing but its style, so it is asked once a style: see `Looked`
OF_STYLE = "color-contrast"
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
    "preload": False,
}
#: half of axe-core's time, although it can be broken only where a target is small or lies under another: see `CROWDED`
OF_SIZE = "target-size"
ALL_BUT_STYLE = {**RULES, "rules": {OF_STYLE: {"enabled": False}, OF_SIZE: {"enabled": False}}}
ONLY_SIZE = {**RULES, "runOnly": {"type": "rule", "values": [OF_SIZE]}}
ONLY_STYLE = {**RULES, "runOnly": {"type": "rule", "values": [OF_STYLE]}}
#: what a theme can break beside the style of a text; everything else is the same page
OF_THEME = {**RULES, "runOnly": {"type": "rule", "values": ["link-in-text-block"]}}


#: rows and choices after the sixth are made as those before
SAME_AGAIN = ["tbody > tr:nth-child(n+7)", "option:nth-child(n+7)", "[role=option]:nth-child(n+7)"]
#: what stands around every page of an account; the landmarks themselves are looked at on each
AROUND = [".khet-nav .inner > *", ".khet-top > *", ".phone-bar > *", "body > dialog"]
#: finds what of the surroundings was looked at before: the same but for where one is, the token and the way back
KNOWN_AROUND = """([around, known]) => {
    const parts = [...document.querySelectorAll(around)].map(part => [part, part.outerHTML
        .replace(/ aria-current="page"| active\\b|name="(csrf_token|next)" value="[^"]*"|\\/language\\/\\?[^"]*/g, "")]);
    const before = parts.filter(([, made]) => known.includes(made));
    before.forEach(([part]) => part.setAttribute("data-looked", ""));
    return parts.map(([, made]) => made).filter(made => !known.includes(made));
}"""
#: one element for each style of text that was not looked at: colour, size, weight and everything that lies behind it
STYLES = """known => {
    const behind = new Map(), found = new Map();
    const under = element => {
        if (!element) return "";
        if (!behind.has(element)) {
            const style = getComputedStyle(element);
            const own = [style.backgroundColor, style.backgroundImage, style.opacity, style.filter, style.mixBlendMode];
            const plain = own.join() === "rgba(0, 0, 0, 0),none,1,none,normal" && style.position === "static";
            behind.set(element, under(element.parentElement) + (plain ? "" : `/${style.position},${own}`));
        }
        return behind.get(element);
    };
    for (const element of document.body.querySelectorAll("*")) {
        const speaks = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim())
            || element.matches("input, textarea, select");
        if (!speaks || !element.checkVisibility({visibilityProperty: true})) continue;
        const style = getComputedStyle(element);
        const key = [style.color, style.fontSize, style.fontWeight, style.textShadow, element.matches(":disabled"),
                     under(element)].join("|");
        if (!known.includes(key) && !found.has(key)) found.set(key, element);
    }
    window.unseenStyles = [...found.values()];
    return [...found.keys()];
}"""
#: targets that could break WCAG 2.5.8: under another one, or less than 24 pixels wide or high with another within 24
#: pixels of its middle, a hair more for rounding; one for each way of lying among its neighbours that is not known
CROWDED = """([again, known]) => {
    const targets = [...document.querySelectorAll("a, button, input, select, textarea, summary, [tabindex], [role], [contenteditable]")]
        .filter(one => one.checkVisibility({visibilityProperty: true}))
        .map(one => [one, one.getBoundingClientRect()]).filter(([, box]) => box.width > 1 && box.height > 1);
    const far = (from, to, at) => Math.max(from - at, 0, at - to);
    const near = (box, its) => {
        if (its.left < box.right && its.right > box.left && its.top < box.bottom && its.bottom > box.top) return true;
        if (box.width >= 24.5 && box.height >= 24.5) return false;
        return Math.hypot(far(its.left, its.right, (box.left + box.right) / 2),
                          far(its.top, its.bottom, (box.top + box.bottom) / 2)) < 24.5;
    };
    const kind = one => `${one.nodeName} ${one.type} ${one.className} ${one.parentElement.className}`;
    const lies = (box, its) => [its.left - box.left, its.top - box.top, its.width, its.height].map(Math.round);
    const found = new Map();
    for (const [one, box] of targets) {
        if (again.some(part => one.closest(part))) continue;
        const around = targets.filter(([other, its]) =>
            one !== other && near(box, its) && !one.contains(other) && !other.contains(one));
        if (!around.length) continue;
        const key = [kind(one), lies(box, box), ...around.map(([other, its]) => `${kind(other)} ${lies(box, its)}`)].join("|");
        if (!known.includes(key) && !found.has(key)) found.set(key, one);
    }
    window.crowdedTargets = [...found.values()];
    return [...found.keys()];
}"""
#: a page but for its words: elements, classes, roles, what refers to what, where there is a text and where there is none
SHAPE = """() => {
    const OTHERWISE = new Set(["value", "content", "datetime", "src", "action", "colspan", "pattern"]);
    const REFERS = new Set(["id", "for", "name", "list", "form", "aria-label", "aria-labelledby", "aria-describedby",
        "aria-controls", "aria-owns", "aria-errormessage"]);
    const numbers = new Map();
    const number = name => numbers.get(name) ?? (numbers.set(name, numbers.size), numbers.size - 1);
    const said = ({name, value}) => {
        if (OTHERWISE.has(name)) return "";
        if (REFERS.has(name)) return `${name}=${name === "aria-label" ? number(value) : value.split(" ").map(number)}`;
        if (["title", "placeholder", "alt"].includes(name)) return `${name}:${!!value.trim()}`;
        if (["lang", "href"].includes(name) || name.startsWith("data-")) return name;
        return `${name}=${value}`;
    };
    const shape = node => {
        if (node.nodeType === 3) return node.data.trim() ? "t" : "";
        if (node.nodeType !== 1 || ["SCRIPT", "STYLE"].includes(node.nodeName)) return "";
        const inside = node.nodeName === "svg" ? "" : [...node.childNodes].map(shape).join("");
        return `<${node.nodeName} ${[...node.attributes].map(said).sort().join(" ")}>${inside}</>`;
    };
    return shape(document.documentElement);
}"""
SAID = """found.flatMap(
    one => one.nodes.map(node => `${one.id}: ${node.target} ${node.failureSummary.slice(0, 160)}`))"""
RUN = f"""async ([again, rules]) => {{
    const found = (await axe.run({{exclude: again.map(one => [one])}}, rules)).violations;
    return {SAID};
}}"""
#: the same of the elements that a script before has laid under a name
RUN_OF = f"""async ([name, rules]) => {{
    const found = (await axe.run({{include: window[name]}}, rules)).violations;
    return {SAID};
}}"""


class Looked:
    """What was looked at on the pages before, of one account in one language: styles of text a theme, what stands around
    each page, and how targets lie close together."""

    def __init__(self) -> None:
        self.styles: dict[str, set[str]] = {}
        self.around: set[str] = set()
        self.crowds: set[str] = set()


def violations(page: Any, looked: Looked | None = None, *, theme: str = "light", rules: Any = None) -> list[str]:
    """What axe-core finds on the page as it is now, one line a place.

    With `looked`, what was found good on an earlier page is not looked at again. `rules` are those beside the contrast of
    texts: all of them where none are named. axe-core is brought to a page once.
    """
    bring_axe(page)
    looked = looked or Looked()
    around = around_of(page, looked)
    found: list[str] = page.evaluate(RUN, [[*SAME_AGAIN, "[data-looked]"], rules or ALL_BUT_STYLE])
    looked.around.update(around)
    if rules is None:
        found += crowded(page, looked.crowds)
    return found + contrasts(page, looked.styles.setdefault(theme, set()))


def in_other_words(page: Any, looked: Looked, shape: str) -> list[str]:
    """What a page violates that is shaped as one that was looked at (`shape`, what SHAPE said of it) and only speaks
    another language: as its words are longer or shorter, what can be hit; beside it, styles not seen before. All of it
    where the shape is another."""
    if page.evaluate(SHAPE) != shape:
        return violations(page, looked)
    bring_axe(page)
    looked.around.update(around_of(page, looked))
    return crowded(page, looked.crowds) + contrasts(page, looked.styles.setdefault("light", set()))


def bring_axe(page: Any) -> None:
    """axe-core, unless the page has it."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.axe_script)


def around_of(page: Any, looked: Looked) -> Collection[str]:
    """What stands around the page and was not looked at; what was, is marked and left out."""
    found: list[str] = page.evaluate(KNOWN_AROUND, [", ".join(AROUND), [*looked.around]])
    return found


def crowded(page: Any, known: set[str]) -> list[str]:
    """Targets that are too small for how near others are, of each way to lie that is not `known`; they are known then."""
    lies: list[str] = page.evaluate(CROWDED, [[*SAME_AGAIN, "[data-looked]"], [*known]])
    if not lies:
        return []
    known.update(lies)
    found: list[str] = page.evaluate(RUN_OF, ["crowdedTargets", ONLY_SIZE])
    return found


def contrasts(page: Any, known: set[str]) -> list[str]:
    """Texts that are hard to read, of each style that is not `known`; they are known then."""
    styles: list[str] = page.evaluate(STYLES, [*known])
    if not styles:
        return []
    known.update(styles)
    found: list[str] = page.evaluate(RUN_OF, ["unseenStyles", ONLY_STYLE])
    return found
