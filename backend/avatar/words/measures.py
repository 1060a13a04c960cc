# SPDX-License-Identifier: Apache-2.0
"""Numbers in a prompt that say age, height or mass: "70 years old", "6 feet 2", "120 kg"."""

from __future__ import annotations

import re
from dataclasses import dataclass

_UNITS = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
]  # fmt: skip
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_NUMBER = r"(\d{1,4}(?:[.,]\d{1,2})?)"
_SPAN = r"(?<![\w.,])"

FOOT = 0.3048
INCH = 0.0254
POUND = 0.45359237
STONE = 14 * POUND


@dataclass(frozen=True)
class Measures:
    """What the numbers say, in years, metres and kilograms; `rest` is the prompt without them."""

    age_years: float | None
    height_m: float | None
    mass_kg: float | None
    rest: str


def read_measures(text: str) -> Measures:
    """Take the numbers that have a unit out of a normalised prompt."""
    text = _with_digits(text)
    age, text = _first(text, _AGES)
    height, text = _first(text, _HEIGHTS)
    mass, text = _first(text, _MASSES)
    return Measures(age, height, mass, text)


def _with_digits(text: str) -> str:
    """Number words up to ninety-nine, and "a hundred", as digits; "one" alone is left a word."""

    def compound(match: re.Match[str]) -> str:
        ten, unit = match.group(1), match.group(2)
        return str(10 * (_TENS.index(ten) + 2) + (_UNITS.index(unit) if unit else 0))

    ones = "|".join(_UNITS[1:10])
    text = re.sub(rf"\b({'|'.join(_TENS)})(?: ({ones}))?\b", compound, text)
    text = re.sub(r"\b(?:a|one) hundred\b", "100", text)
    for value, word in enumerate(_UNITS):
        unit = r"(?= (?:year|month|week|feet|foot|met|kilo|pound|stone|and a half|inch))"
        after = r"(?<=feet )|(?<=foot )|(?<=ft )"
        pattern = rf"\b{word}\b" if value > 2 else rf"\b{word}\b{unit}|(?:{after})\b{word}\b"
        text = re.sub(pattern, str(value), text)
    return text


def _value(number: str) -> float:
    return float(number.replace(",", "."))


def _feet(match: re.Match[str]) -> float:
    half = 0.5 if match.group("half") else 0.0
    return (_value(match.group("feet")) + half) * FOOT + float(match.group("inches") or 0) * INCH


_FEET = (
    rf"{_SPAN}(?P<feet>\d{{1,2}}(?:\.\d)?)(?: (?P<half>and a half))?"
    r"(?: ?(?:feet|foot|ft)\b\.?|')"
    r"(?: ?(?:and )?(?P<inches>\d{1,2})\b(?: ?(?:inches|inch|in\b|\"))?)?\"?"
    r"(?: (?:tall|high)\b)?"
)

_AGED = ("boy", "girl", "child", "kid", "lad", "lass", "toddler", "man", "lady", "person")
_AGES = (
    (rf"{_SPAN}{_NUMBER} ?(?:years?|yrs?)(?: of age)?(?: old)?\b", 1.0),
    (rf"{_SPAN}{_NUMBER} ?(?:y/o|yo|y\.o\.)\b", 1.0),
    (rf"{_SPAN}{_NUMBER} ?months?(?: old)?\b", 1 / 12),
    (rf"{_SPAN}{_NUMBER} ?weeks?(?: old)?\b", 1 / 52),
    (rf"{_SPAN}{_NUMBER} ?days?(?: old)?\b", 1 / 365),
    (rf"\b(?:aged?|age of|age:) {_NUMBER}\b", 1.0),
    # "a girl of 8", but not "a man of 80 kg"; the noun itself stays.
    (
        rf"(?:{'|'.join(f'(?<={noun})' for noun in _AGED)}) of (\d{{1,3}})"
        r"(?= *(?:$|[,;.!?](?!\d)|(?:and|with|in|who|wearing)\b))",
        1.0,
    ),
)
_DECADES = re.compile(r"\bin (?:his|her|their) (early |mid |late )?([2-9])0'?s\b")
_NAMED_DECADES = re.compile(
    rf"\bin (?:his|her|their) (early |mid |late )?({'|'.join(t[:-1] + 'ies' for t in _TENS)})\b"
)
_HEIGHTS = (
    (rf"{_SPAN}{_NUMBER} ?(?:cm|centimet(?:er|re)s?)\b(?: (?:tall|high))?", 0.01),
    (rf"{_SPAN}([12])[ ]?m ?(\d\d)\b", 1.0),
    (rf"{_SPAN}{_NUMBER} ?(?:m|met(?:er|re)s?)\b(?: (?:tall|high))?", 1.0),
    (rf"{_SPAN}{_NUMBER} (?:inches|inch)\b(?: (?:tall|high))?", INCH),
)
_MASSES = (
    (rf"{_SPAN}{_NUMBER} ?(?:kg|kgs|kilos?|kilograms?|kilogrammes?)\b", 1.0),
    (rf"{_SPAN}{_NUMBER} ?(?:lbs?|pounds?|pounder)\b", POUND),
    (rf"{_SPAN}{_NUMBER} ?(?:stones?)\b", STONE),
)


def _first(text: str, patterns: tuple[tuple[str, float], ...]) -> tuple[float | None, str]:
    """The first of the patterns that is in the text, scaled, and the text without it."""
    if patterns is _AGES:
        decade = _decade(text)
        if decade is not None:
            return decade
    if patterns is _HEIGHTS:
        match = re.search(_FEET, text)
        if match:
            return _feet(match), _without(text, match)
    for pattern, scale in patterns:
        match = re.search(pattern, text)
        if match:
            value = _value(match.group(1)) * scale
            if match.re.groups == 2:
                value += float(match.group(2)) / 100
            return value, _without(text, match)
    return None, text


def _decade(text: str) -> tuple[float, str] | None:
    match = _DECADES.search(text)
    if match:
        start = 10.0 * int(match.group(2))
    else:
        match = _NAMED_DECADES.search(text)
        if not match:
            return None
        start = 10.0 * ([t[:-1] + "ies" for t in _TENS].index(match.group(2)) + 2)
    within = {"early": 2.0, "mid": 5.0, "late": 8.0}[(match.group(1) or "mid").strip()]
    return start + within, _without(text, match)


def _without(text: str, match: re.Match[str]) -> str:
    return f"{text[: match.start()]} {text[match.end() :]}"
