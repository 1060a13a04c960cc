# SPDX-License-Identifier: Apache-2.0
"""CSS of a drawing: `<style>` sheets and `style` attributes become plain attributes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .document import Node, check_links, refuse

_COMMENT = re.compile(r"/\*.*?\*/|<!--|-->", re.DOTALL)
_SIMPLE = re.compile(r"(\*|[\w-]+)?((?:[.#][\w-]+)*)$")
MAX_RULES = 5_000


@dataclass(frozen=True)
class Rule:
    """One selector, from its outermost part to its innermost, and what it declares."""

    parts: tuple[_Part, ...]
    weight: tuple[int, int, int]
    declarations: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class _Part:
    """Tag, classes and id that an element must have; `is_child` where ">" stands before it."""

    tag: str
    names: tuple[str, ...]
    is_child: bool


def apply_styles(root: Node) -> bool:
    """Write what CSS says of every node into its attributes; whether all of it was understood.

    Of importance comes the attribute, the sheet, and the `style` attribute, in rising order.
    """
    rules, understood = _rules(root)
    ordered = enumerate(sorted(rules, key=lambda rule: rule.weight))
    found: dict[str, list[tuple[int, Rule]]] = {}
    for place, rule in ordered:
        last = rule.parts[-1]
        found.setdefault(last.names[-1] if last.names else last.tag, []).append((place, rule))
    _apply(root, [], found)
    return understood


def _rules(root: Node) -> tuple[list[Rule], bool]:
    sheets = []
    stack = [root]
    while stack:
        node = stack.pop()
        if node.tag == "style":
            sheets.append(node.text())
        stack.extend(reversed(node.elements()))
    found: list[Rule] = []
    understood = True
    for sheet in sheets:
        rules, whole = read_sheet(sheet)
        found += rules
        understood &= whole
    return found, understood


def read_sheet(css: str) -> tuple[list[Rule], bool]:
    """The rules of a sheet, and whether all selectors were understood.

    What holds in some states or for some media only (":hover", "@media") is left out.

    Raises BadOptionError where the sheet imports another, or loads a font or a picture.
    """
    css = _COMMENT.sub("", css)
    if "@import" in css.lower():
        raise refuse("The drawing's styles import a style sheet from elsewhere.")
    check_links(css)
    plain = re.sub(r"@[\w-]+[^{};]*(\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}|;)", "", css)
    understood = True
    rules: list[Rule] = []
    for selectors, body in re.findall(r"([^{}]+)\{([^{}]*)\}", plain)[:MAX_RULES]:
        declared = declarations(body)
        for selector in selectors.split(","):
            rule = _rule(selector.strip(), declared)
            understood &= rule is not None or ":" in selector
            rules += [rule] if rule is not None else []
    return rules, understood


def declarations(css: str) -> tuple[tuple[str, str], ...]:
    """The names and values of a `style` attribute or of a rule's body."""
    found = []
    for declaration in css.split(";"):
        name, colon, value = declaration.partition(":")
        if colon:
            value = value.replace("!important", "").strip()
            found.append((name.strip().lower(), value))
    return tuple(found)


def _rule(selector: str, declared: tuple[tuple[str, str], ...]) -> Rule | None:
    parts: list[_Part] = []
    is_child = False
    for word in selector.replace(">", " > ").split():
        if word == ">":
            is_child = True
            continue
        match = _SIMPLE.match(word)
        if match is None:
            return None
        tag = "" if match[1] in (None, "*") else match[1].rpartition("|")[2]
        parts.append(_Part(tag, tuple(re.findall(r"[.#][\w-]+", match[2])), is_child))
        is_child = False
    if not parts:
        return None
    names = [name for part in parts for name in part.names]
    ids = sum(name[0] == "#" for name in names)
    tags = sum(bool(part.tag) for part in parts)
    return Rule(tuple(parts), (ids, len(names) - ids, tags), declared)


def _apply(
    node: Node, ancestors: list[Node], rules: Mapping[str, Sequence[tuple[int, Rule]]]
) -> None:
    """`rules` are by a name that their innermost part asks for, each with its place in order."""
    fitting = [
        (place, rule)
        for name in ("", node.tag, *_names(node))
        for place, rule in rules.get(name, ())
        if _fits(rule.parts[-1], node) and _hangs(rule.parts, ancestors)
    ]
    for _, rule in sorted(fitting, key=lambda found: found[0]):
        node.attributes.update(rule.declarations)
    node.attributes.update(declarations(node.attributes.pop("style", "")))
    ancestors.append(node)
    for child in node.elements():
        _apply(child, ancestors, rules)
    ancestors.pop()


def _fits(part: _Part, node: Node) -> bool:
    if part.tag and part.tag != node.tag:
        return False
    return not part.names or _names(node).issuperset(part.names)


def _names(node: Node) -> set[str]:
    """What a selector may call the node: ".class" and "#id"."""
    classes = node.attributes.get("class", "").split()
    return {f"#{node.attributes.get('id', '')}", *(f".{name}" for name in classes)}


def _hangs(parts: tuple[_Part, ...], ancestors: Sequence[Node]) -> bool:
    """Whether the outer parts fit ancestors, from the nearest outwards."""
    place = len(ancestors) - 1
    for inner, part in zip(reversed(parts), reversed(parts[:-1]), strict=False):
        if inner.is_child:
            if place < 0 or not _fits(part, ancestors[place]):
                return False
            place -= 1
            continue
        while place >= 0 and not _fits(part, ancestors[place]):
            place -= 1
        if place < 0:
            return False
        place -= 1
    return True
