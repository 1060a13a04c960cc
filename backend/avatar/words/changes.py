# SPDX-License-Identifier: Apache-2.0
"""What a prompt says after a change such as "make the coat longer" or "red instead of blue".

What is said last wins in the reader, so most changes are simply said after the rest. Those that
speak of what was said before, by a comparison or an exchange, are worked into it here.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from . import colors, lexicon, tokens

_THE = r"(?:(?:the|a|an|his|her|its|their) )?"
_DEGREE = r"(?:(?:a (?:bit|little)|much|even|slightly|far|to be) )*"
_OTHERS = "and|with|in|of|on|over|or|but|wearing|wears|an?|the|his|her|its|their"
_RUN = re.compile(rf"(?<![\w'])(?:(?!(?:{_OTHERS}) )[^\W_][\w']* )*$")
_NO_THING = {"it", "them", "everything", "all", "that", "this"}
_CLAUSE = re.compile(r"[.;!?]+|,? and (?=(?:make|turn|paint|dye|change|replace|remove)\b)")
# From less to more; "" is what a thing is without such a word.
_LENGTH = ("short", "", "long")
_FIT = ("tight", "", "baggy")
_SHADE = ("dark", "", "light")
_STEPS = {
    **dict.fromkeys(("longer", "lengthened"), (_LENGTH, 1)),
    **dict.fromkeys(("shorter", "shortened"), (_LENGTH, -1)),
    **dict.fromkeys(("looser", "baggier", "wider", "roomier"), (_FIT, 1)),
    **dict.fromkeys(("tighter", "slimmer", "narrower"), (_FIT, -1)),
    **dict.fromkeys(("lighter", "paler", "brighter"), (_SHADE, 1)),
    **dict.fromkeys(("darker", "deeper"), (_SHADE, -1)),
}


def changed(before: str, change: str) -> str:
    """What the whole prompt says from now on, as one that can itself be changed again."""
    if not change.strip():
        return before
    text = _plain(before)
    for clause in _CLAUSE.split(_plain(change)):
        if clause.strip(" ,"):
            text = _with(text, clause.strip(" ,"))
    return text


def _plain(prompt: str) -> str:
    text = " ".join(tokens.normalise(prompt).split())
    return re.sub(r"\bcolour", "color", text).rstrip(" .,;")


def _with(text: str, clause: str) -> str:
    for pattern, rule in _RULES:
        match = pattern.fullmatch(clause)
        found = rule(text, match) if match else None
        if found is not None:
            return found
    return _said_last(text, clause)


def _said_last(text: str, clause: str) -> str:
    return f"{text}. {clause}" if text else clause


def _exchange(text: str, match: re.Match[str]) -> str | None:
    """ "Red instead of blue", "a hoodie instead of the jacket", "replace the hat with a crown"."""
    old, new = match["old"], match["new"]
    if _is_color(old) and _is_color(new):
        return re.sub(rf"\b{re.escape(old)}\b", lambda _: new, text)
    if _is_color(old) or old.endswith((" one", " ones")):
        return _said_last(text, new)
    return _said_last(text, f"no {old}. {new}")


def _removal(text: str, match: re.Match[str]) -> str:
    return _said_last(text, f"no {match['thing']}")


def _comparison(text: str, match: re.Match[str]) -> str | None:
    """ "Make the coat longer", "a darker coat"."""
    thing, scale_and_step = match["thing"], _STEPS.get(match["how"])
    if scale_and_step is None or thing in _NO_THING:
        return None
    scale, step = scale_and_step
    place = _find(text, thing)
    run = _described(text, place) if place is not None else ""
    level = _level(run, scale)
    word = scale[min(max(level + step, 0), 2)]
    if place is None:
        return _said_last(text, f"a {word} {thing}".replace("  ", " "))
    start = place - len(run)
    kept = _without(run, _words_of(scale))
    color = next((each for each in kept.split() if _is_color(each)), None)
    if scale is _SHADE and color is not None:
        kept = kept.replace(color, f"{word} {color}".strip(), 1)
    else:
        kept = f"{word} {kept}"
    told = " ".join([*kept.split(), text[place:]])
    return re.sub(r"\ban $", "a ", text[:start]) + told


def _painting(text: str, match: re.Match[str]) -> str | None:
    """ "Make the coat red": what it was before is not said any more."""
    if not _is_color(match["how"]) or match["thing"] in _NO_THING:
        return None
    place = _find(text, match["thing"])
    if place is None:
        return _said_last(text, f"{match['how']} {match['thing']}")
    run = _described(text, place)
    shades = {word for phrase in colors.modifiers() for word in phrase.split()}
    kept = [word for word in run.split() if not _is_color(word) and word not in shades]
    return text[: place - len(run)] + " ".join([*kept, match["how"], text[place:]])


def _find(text: str, thing: str) -> int | None:
    """Where the thing was named last."""
    found = [match.start() for match in re.finditer(rf"\b{re.escape(thing)}\b", text)]
    return found[-1] if found else None


def _described(text: str, place: int) -> str:
    """What stands before the word there and belongs to it: "red " in "a red coat"."""
    match = _RUN.search(text, 0, place)
    return match[0] if match else ""


def _level(run: str, scale: tuple[str, str, str]) -> int:
    for level in (2, 0):
        if _without(run, _synonyms(scale[level])) != run:
            return level
    return 1


def _words_of(scale: tuple[str, str, str]) -> list[str]:
    middle = _synonyms("knee length") if scale is _LENGTH else []
    return [*_synonyms(scale[0]), *middle, *_synonyms(scale[2])]


def _synonyms(word: str) -> list[str]:
    own = {"dark": ["dark", "deep"], "light": ["light", "pale", "bright"]}.get(word)
    return own or lexicon.words(lexicon.read("clothes")["cut"][word])


def _without(run: str, phrases: list[str]) -> str:
    for phrase in sorted(phrases, key=len, reverse=True):
        run = re.sub(rf"\b{re.escape(phrase)}\b ?", "", run)
    return run


def _is_color(phrase: str) -> bool:
    words = phrase.split()
    while len(words) > 1 and words[0] in colors.modifiers():
        words = words[1:]
    return " ".join(words) in colors.named()


_Rule = Callable[[str, re.Match[str]], str | None]
_VERB = r"(?:make|turn|paint|dye|color|render|have) "
_RULES: tuple[tuple[re.Pattern[str], _Rule], ...] = (
    (re.compile(rf"(?:replace|swap|exchange) {_THE}(?P<old>.+?) (?:with|by|for) (?P<new>.+)"),
     _exchange),
    (re.compile(rf"(?:change|turn) {_THE}(?P<old>.+?) (?:to|into) (?P<new>.+)"), _exchange),
    (re.compile(rf"(?P<new>.+?) (?:instead|in place|in lieu|rather) (?:of|than) {_THE}(?P<old>.+)"),
     _exchange),
    (re.compile(rf"(?:remove|take off|drop|lose|delete|take away) {_THE}(?P<thing>.+)"), _removal),
    (re.compile(rf"{_VERB}{_THE}(?P<thing>.+?) {_DEGREE}(?P<how>\S+)"), _comparison),
    (re.compile(rf"(?:make )?{_THE}{_DEGREE}(?P<how>\S+) (?P<thing>.+)"), _comparison),
    (re.compile(rf"{_VERB}{_THE}(?P<thing>\S+(?: \S+)??) (?:to be )?(?P<how>\S+(?: \S+)?)"),
     _painting),
)  # fmt: skip
