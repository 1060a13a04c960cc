# SPDX-License-Identifier: Apache-2.0
"""Reads a sentence on looks into things ("boots", "hair") and what is said of each ("black").

What stands before a thing belongs to it ("a red shirt"), what "with", "in" or "is" ties on belongs
to the thing before ("a dress with white dots", "boots in black"), what is said of a thing's part is
its second color, and what meets no thing colors the whole outfit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from . import colors, lexicon, people, tokens
from .colors import RGB
from .spoken import NOUNS, Spoken, ends_in_or, noun_ahead, spoken
from .vocabulary import ADJECTIVES, THINGS, Kind, Word, cuts, entries, tones, vocabulary

TIES = ("in", "with", "of", "is")


@dataclass(frozen=True)
class Thing:
    """Something with looks, and what was said of it; `key` is its entry in the lexicon."""

    kind: Kind
    phrase: str
    key: str
    colors: tuple[RGB, ...] = ()
    pattern: str = ""
    cloth: str = ""
    material: str = ""
    styles: tuple[str, ...] = ()
    color_names: tuple[str, ...] = ()
    is_negated: bool = False
    accents: tuple[RGB, ...] = ()
    """Colors of its parts and of what is printed on it."""
    shade: str = ""
    """ "Dark" and the like, where no color follows."""
    said: tuple[str, ...] = ()
    """Every adjective in its own words, and a role that stands before it ("pirate")."""
    is_same: bool = False
    """Whether it has the color of another thing ("matching gloves")."""
    is_layered: bool = False
    """Whether it was said to be worn over or under another thing."""
    is_excepted: bool = False
    """Whether what is said of the whole outfit is not said of it."""
    is_again: bool = False
    """Whether it is the thing before, spoken of again ("a long one")."""
    is_joined: bool = False
    """Whether only "and" parts it from the thing before: "black belt and boots"."""


NOTHING = Thing("garment", "", "")


@dataclass(frozen=True)
class Sentence:
    """All things in their order, the outfit's own looks, and words that mean whole outfits."""

    things: tuple[Thing, ...]
    outfit: Thing
    roles: tuple[str, ...]
    bare: frozenset[str]
    places: frozenset[int]
    odd: tuple[str, ...]
    is_whole: bool = False
    """Whether the outfit's looks were said of all of it ("all in black")."""
    is_only: bool = False
    """Whether nothing is worn beside what is named ("nothing but shorts")."""


def read(prompt: str) -> tuple[list[str], Sentence]:
    """The tokens of a prompt and what it says of looks."""
    listed = tokens.split(tokens.normalise(prompt))
    return listed, understand(listed)


def worn_places(listed: list[str]) -> set[int]:
    """The tokens that speak of clothes and colors rather than of the body."""
    sentence = understand(listed)
    places = set(sentence.places)
    for one in lexicon.find(listed, vocabulary()):
        if one.phrase not in people.traits() and one.meaning.kind != "size":
            places.update(range(one.start, one.end))
    return places


def understand(listed: list[str]) -> Sentence:
    """Bind what is said to the things it is said of."""
    reader = _Reader(spoken(listed))
    while reader.at < len(reader.row):
        one = reader.row[reader.at]
        _HANDLERS.get(one.kind, _skip)(reader, one)
        reader.at += 1
    _settle(reader)
    return Sentence(
        tuple(_shared(reader.things)),
        reader.outfit,
        tuple(reader.roles),
        frozenset(reader.bare),
        frozenset(reader.places),
        tuple(reader.odd),
        reader.is_whole_said,
        reader.is_only,
    )


@dataclass
class _Reader:
    """The state while a sentence is read from left to right."""

    row: list[Spoken]
    at: int = 0
    things: list[Thing] = field(default_factory=list)
    pending: Thing = NOTHING
    """What was said and has met no thing yet."""
    pending_places: set[int] = field(default_factory=set)
    pending_sizes: set[int] = field(default_factory=set)
    """Tokens such as "big" that speak of the body unless a thing takes them."""
    modifier: str = ""
    group: list[int] = field(default_factory=list)
    """The things that "in black" or "is black" may speak of."""
    tie: str = ""
    """The link that ties what follows to the group."""
    link: str = ""
    """The link since the last thing, whatever it ties."""
    is_open: bool = False
    """Whether an article opened a phrase that has met no noun yet."""
    is_negated: bool = False
    is_stray: bool = False
    """Whether what waits was said of an unknown thing ("a red car")."""
    kept: Thing | None = None
    """What was said before "rather than"."""
    is_excepted: bool = False
    is_whole: bool = False
    is_whole_said: bool = False
    is_only: bool = False
    has_person: bool = False
    waiting: Thing = NOTHING
    """Prints and parts whose thing comes later ("gold buttons on a blue coat")."""
    listing: list[int] = field(default_factory=list)
    """The things of one list ("a hat, a scarf and gloves")."""
    last: int = -1
    """The last thing, even where it is not there."""
    is_relative: bool = False
    """Whether "that" ties what follows to the last thing alone."""
    outfit: Thing = NOTHING
    places: set[int] = field(default_factory=set)
    roles: list[str] = field(default_factory=list)
    bare: set[str] = field(default_factory=set)
    odd: list[str] = field(default_factory=list)

    def ahead(self, steps: int = 1) -> Spoken:
        place = self.at + steps
        end = Spoken("stop", "", "", 0, 0)
        return self.row[place] if 0 <= place < len(self.row) else end

    def noun(self, over: tuple[str, ...] = ()) -> Spoken | None:
        return noun_ahead(self.row, self.at + 1, over)


def _skip(reader: _Reader, one: Spoken) -> None:
    """An unknown word parts a modifier from its color, a word of degree does not."""
    if one.phrase not in lexicon.intensities():
        reader.modifier = ""
    if one.phrase not in lexicon.fillers() and reader.is_open:
        reader.is_stray = True


# --- what is said of things ---------------------------------------------------------------------


def _adjective(reader: _Reader, one: Spoken) -> None:
    """Keep it for the thing that it meets, or give it to the one that it is tied to."""
    is_size = one.kind in ("size", "cut") and one.phrase in people.traits()
    waiting = reader.pending_sizes if is_size else reader.pending_places
    waiting |= set(range(one.start, one.end))
    if one.kind != "size":
        reader.pending = replace(reader.pending, said=(*reader.pending.said, one.phrase))
        reader.pending = _with_adjective(reader, one)
    if one.kind == "pattern" and reader.tie in ("with", "in") and reader.group:
        noun = reader.noun()
        if noun is None or noun.kind in ("part", "one"):
            _settle(reader)


def _with_adjective(reader: _Reader, one: Spoken) -> Thing:
    pending, key = reader.pending, one.key
    if one.kind == "color":
        return _colored(reader, pending, key)
    if one.kind == "modifier":
        reader.modifier = key
        return replace(pending, shade=key)
    if one.kind == "pattern":
        return replace(pending, pattern=key)
    if one.kind == "material":
        entry = lexicon.read("clothes")["material"][key]
        return replace(pending, material=key, cloth=entry["cloth"])
    if one.kind == "odd pattern":
        reader.odd.append(one.phrase)
        return pending
    return replace(pending, styles=(*pending.styles, one.phrase))


def _colored(reader: _Reader, pending: Thing, key: str) -> Thing:
    color, name = colors.named()[key], key
    if reader.modifier:
        color = colors.changed(color, reader.modifier)
        name = f"{reader.modifier} {key}"
    reader.modifier = ""
    return replace(
        pending,
        colors=(*pending.colors, color),
        color_names=(*pending.color_names, name),
        shade="",
    )


def _of_body(reader: _Reader, one: Spoken) -> None:
    """ "Blonde", "bald" and "pale" speak of the body by themselves."""
    of: Kind = "skin" if one.kind == "skin tone" else "hair"
    following = reader.ahead().kind
    if one.kind == "hair color" and following in ("hair", "beard", "style", "brows"):
        pending = reader.pending
        reader.pending = replace(pending, color_names=(*pending.color_names, one.phrase))
        reader.pending_places |= set(range(one.start, one.end))
        return
    styles: tuple[str, ...] = (one.phrase,) if one.kind == "style" else ()
    names = () if one.kind == "style" else (one.phrase,)
    if one.kind == "hair color":
        styles = reader.pending.styles
    thing = Thing(of, one.phrase, of, styles=styles, color_names=names)
    reader.things.append(replace(thing, is_negated=reader.is_negated))
    reader.places.update(range(one.start, one.end))


def _style(reader: _Reader, one: Spoken) -> None:
    is_bald = one.key == "bald" and reader.ahead().kind != "hair"
    (_of_body if is_bald else _adjective)(reader, one)


def _same(reader: _Reader, one: Spoken) -> None:
    reader.pending = replace(reader.pending, is_same=True)
    if one.phrase.startswith(("so ", "as ")):
        # "His boots are black and SO ARE his gloves".
        return
    if reader.noun() is None and reader.group and not reader.pending.colors:
        _settle(reader)


# --- things ---------------------------------------------------------------------------------------


def _thing(reader: _Reader, one: Spoken) -> None:
    """A noun: it takes what waits for it."""
    if one.kind == "garment" and _is_role_word(one, reader.ahead(-1)):
        return
    following = reader.ahead()
    if one.kind == following.kind == "garment" and _slots(one) & _slots(following):
        # A "frock coat" is one thing.
        reader.pending = replace(reader.pending, said=(*reader.pending.said, one.phrase))
        reader.pending_places |= set(range(one.start, one.end))
        return
    if _is_part_of_its_like(reader, one):
        _part(reader, one)
        return
    pending, is_negated = _agreed(reader)
    thing = replace(pending, kind=one.kind, phrase=one.phrase, key=one.key, is_negated=is_negated)
    if one.kind in ("hair", "eyes", "skin", "brows", "beard"):
        if reader.modifier and not thing.colors:
            thing = replace(thing, color_names=(*thing.color_names, reader.modifier))
        if one.kind in ("hair", "beard"):
            # A ponytail is a noun and a style at once.
            thing = replace(thing, styles=(*thing.styles, one.phrase))
    is_joined = reader.link == "and" and not pending.said and not reader.is_open
    is_pair = reader.link == "and" and bool(reader.group)
    thing = replace(
        thing,
        is_joined=is_joined and bool(reader.group),
        is_excepted=reader.is_excepted,
        is_layered=reader.link == "over",
    )
    if one.kind == "garment":
        thing = _printed(_named_in(thing, one), reader.waiting)
        reader.waiting = NOTHING
    reader.last = len(reader.things)
    if not is_negated:
        is_listed = reader.link in ("and", "comma") and reader.listing
        reader.listing = [*(reader.listing if is_listed else ()), reader.last]
        reader.group = [*reader.group, reader.last] if is_pair else [reader.last]
    reader.things.append(thing)
    _taken(reader, one)


def _named_in(thing: Thing, one: Spoken) -> Thing:
    """ "Black jeans" and "plaid shirt" may be one phrase of the lexicon: still they are black, and
    checked."""
    said = one.phrase.split()[:-1]
    words = vocabulary()
    for number, name in enumerate(said):
        word = words.get(name)
        if word is None:
            continue
        if word.kind == "pattern" and not thing.pattern:
            thing = replace(thing, pattern=word.key)
        rest = words.get(" ".join((*said[:number], *said[number + 1 :], one.phrase.split()[-1])))
        is_apart = rest is not None and rest.kind == "garment" and _slots(rest) == _slots(one)
        is_free = not thing.colors and not any(denim in one.phrase for denim in ("blue jean",))
        if word.kind == "color" and is_apart and is_free and rest is not None:
            if entries()[int(rest.key)]["makes"] == entries()[int(one.key)]["makes"]:
                thing = replace(thing, colors=(colors.named()[name],), color_names=(name,))
    return thing


def _printed(thing: Thing, waiting: Thing) -> Thing:
    """With the prints and parts that were said before it: "white stripes on a blue shirt"."""
    return replace(
        thing,
        pattern=thing.pattern or waiting.pattern,
        accents=(*thing.accents, *waiting.colors),
    )


def _is_role_word(one: Spoken, before: Spoken) -> bool:
    """A sailor suit is what sailors wear."""
    return one.phrase in ("suit", "suits", "outfit") and before.kind == "role"


def _is_part_of_its_like(reader: _Reader, one: Spoken) -> bool:
    """ "Boots with heels": what is worn in the same place is part of what it is with."""
    if reader.link != "with" or one.kind != "garment" or not reader.group or reader.is_negated:
        return False
    host = reader.things[reader.group[-1]]
    return host.kind == "garment" and host.key != one.key and bool(_slots(host) & _slots(one))


def _slots(thing: Thing | Spoken | Word) -> set[str]:
    from ..wardrobe.garments import GARMENTS

    slots = {GARMENTS[name].slot for name in entries()[int(thing.key)]["makes"]}
    return slots - {"extra", "neck"} if len(slots) == 1 else set()


def _agreed(reader: _Reader) -> tuple[Thing, bool]:
    """What is said of the noun that comes, and whether the noun is negated: in "a blue rather than
    red shirt" only the red is."""
    if reader.kept is not None:
        kept, reader.kept, reader.is_negated = reader.kept, None, False
        return kept, False
    return reader.pending, reader.is_negated


def _taken(reader: _Reader, one: Spoken) -> None:
    """After a noun nothing waits any more."""
    reader.places |= reader.pending_places | set(range(one.start, one.end))
    if not one.phrase.endswith("ed") and one.kind != "whole":
        reader.places |= reader.pending_sizes
    _forget(reader)
    reader.tie = reader.link = ""
    reader.is_open = reader.is_whole = False


def _forget(reader: _Reader) -> None:
    reader.pending, reader.modifier, reader.is_stray = NOTHING, "", False
    reader.pending_places, reader.pending_sizes = set(), set()


def _one(reader: _Reader, one: Spoken) -> None:
    """ "A long red one" is the thing before."""
    is_noun = bool(reader.pending.said) or reader.link in ("a", "the")
    if not is_noun or reader.last < 0 or reader.ahead().kind in (*THINGS, *ADJECTIVES):
        return
    pending, is_negated = _agreed(reader)
    host = reader.things[reader.last]
    again = replace(pending, kind=host.kind, phrase=host.phrase, key=host.key, is_again=True)
    reader.things.append(replace(again, is_negated=is_negated))
    reader.last = len(reader.things) - 1
    reader.group = reader.listing = [reader.last]
    _taken(reader, one)


def _part(reader: _Reader, one: Spoken) -> None:
    """Buttons, trims, crosses: their color is the second one of what they are on."""
    if reader.ahead().kind in ("garment", "hair"):
        # "A button shirt".
        _adjective(reader, replace(one, kind="cut"))
        return
    pending, is_negated = _agreed(reader)
    garments = [n for n, thing in enumerate(reader.things) if thing.kind == "garment"]
    host = next((n for n in reversed(reader.group) if n in garments), garments[-1:])
    numbers = [host] if isinstance(host, int) else host
    link = reader.link
    _taken(reader, one)
    reader.link = link if link == "with" else ""
    if not is_negated and _is_on_what_comes(reader):
        reader.waiting = pending
        return
    if not numbers:
        if not is_negated:
            reader.outfit = replace(reader.outfit, accents=pending.colors)
        return
    thing = reader.things[numbers[0]]
    if is_negated:
        lacking = lexicon.read("clothes")["part_lacking"].get(one.phrase)
        styles = (*thing.styles, lacking) if lacking else thing.styles
        reader.things[numbers[0]] = replace(thing, styles=styles)
        return
    cut = tuple(f"{style} {one.phrase}" for style in pending.styles)
    reader.things[numbers[0]] = replace(
        thing, accents=(*thing.accents, *pending.colors), styles=(*thing.styles, *cut)
    )


def _is_on_what_comes(reader: _Reader, steps: int = 1) -> bool:
    """ "Gold buttons ON A blue COAT"."""
    if reader.ahead(steps).kind != "on":
        return False
    start = reader.at + steps + (2 if reader.ahead(steps + 1).kind in ("a", "the") else 1)
    noun = noun_ahead(reader.row, start, ("and",))
    return noun is not None and noun.kind == "garment"


def _lacking(reader: _Reader, one: Spoken) -> None:
    word = vocabulary()[one.key]
    reader.things.append(Thing(word.kind, one.key, word.key, is_negated=not reader.is_negated))
    reader.places |= set(range(one.start, one.end))


def _bare(reader: _Reader, one: Spoken) -> None:
    if not reader.is_negated:
        reader.bare.add(one.key)
    reader.places |= set(range(one.start, one.end))


def _person(reader: _Reader, one: Spoken) -> None:
    """ "A green goblin": colors right before a person are the skin's."""
    pending = reader.pending
    shade = (reader.modifier,) if reader.modifier in tones() else ()
    names = pending.color_names or shade
    if names:
        thing = Thing("skin", one.phrase, "skin", colors=pending.colors, color_names=names)
        reader.things.append(thing)
        reader.places |= reader.pending_places
    _forget(reader)
    _to_person(reader)


def _role(reader: _Reader, one: Spoken) -> None:
    """ "A red knight" wears red, "a black doctor" has black skin."""
    if reader.ahead().kind == "garment" and not _is_role_word(reader.ahead(), one):
        # "A pirate hat" is a hat.
        reader.pending = replace(reader.pending, said=(*reader.pending.said, one.phrase))
        reader.pending_places |= set(range(one.start, one.end))
        return
    if reader.is_negated:
        _settle(reader)
        return
    pending = reader.pending
    is_costume = lexicon.read("roles")["role"][int(one.key)].get("is_costume", False)
    is_tone = bool(pending.color_names) and set(pending.color_names) <= tones()
    if is_tone and not is_costume and reader.is_open:
        _person(reader, one)
    else:
        reader.outfit = _joined(reader.outfit, pending)
        if _is_said(pending):
            reader.places |= reader.pending_places
        _forget(reader)
    reader.roles.append(one.key)
    _to_person(reader)


def _to_person(reader: _Reader) -> None:
    """What follows is said of the person, not of a thing."""
    reader.group, reader.tie, reader.link = [], "", ""
    reader.is_open = reader.is_negated = False
    reader.has_person = True


def _whole(reader: _Reader, one: Spoken) -> None:
    """ "Black clothes", "an all-white outfit": said of everything."""
    if reader.is_negated:
        if one.phrase in ("clothes", "clothing", "garments"):
            reader.bare.add("all")
        _settle(reader)
        return
    reader.outfit = _joined(reader.outfit, reader.pending)
    reader.is_whole_said |= _is_said(reader.pending)
    _taken(reader, one)
    reader.group, reader.is_whole = [], True


# --- links ----------------------------------------------------------------------------------------


def _and(reader: _Reader, one: Spoken) -> None:
    if not _is_said(reader.pending) and not reader.pending.is_same:
        following = reader.ahead()
        if following.kind in ("a", "the", "with", "wear", "it", "he", *ADJECTIVES):
            reader.is_negated = False
        reader.link = "and"
        return
    if reader.ahead().kind in ADJECTIVES and not _goes_on(reader):
        return
    tie, is_whole = reader.tie, reader.is_whole
    _settle(reader)
    reader.link = "and"
    if reader.ahead().kind in ADJECTIVES and tie == "is":
        reader.tie = tie
    reader.is_whole = is_whole and reader.ahead().kind not in NOUNS


def _goes_on(reader: _Reader) -> bool:
    """Whether "boots in black AND red gloves" goes on to the next thing: it does where what is said
    before "and" already has a thing, and a thing rather than a pattern comes next."""
    noun = reader.noun()
    if noun is None or noun.kind == "part" or (noun.kind == "one" and reader.tie != "in"):
        return False
    if not reader.tie:
        return reader.is_whole
    return bool(reader.group) or reader.is_whole or reader.tie != "in"


def _or(reader: _Reader, one: Spoken) -> None:
    if reader.pending.said and reader.ahead().kind in ADJECTIVES:
        return
    is_negated = reader.is_negated
    _settle(reader)
    reader.is_negated = is_negated
    reader.link = "or"


def _comma(reader: _Reader, one: Spoken) -> None:
    following = reader.ahead()
    said = _is_said(reader.pending)
    tie, is_negated = reader.tie, reader.is_negated
    if said and following.kind in ADJECTIVES:
        leads_on = reader.noun(("comma", "and")) is not None
        # "A big, red hat", "in black, white and red".
        if (leads_on and reader.is_open and not tie) or (tie and not leads_on):
            return
    _settle(reader)
    reader.is_negated = is_negated and ends_in_or(reader.row, reader.at + 1)
    reader.link = "comma"


def _article(reader: _Reader, one: Spoken) -> None:
    """An article opens a phrase of its own, nothing of the thing before."""
    if reader.tie == "is" and one.kind == "the" and reader.ahead().kind == "same":
        return
    if _is_said(reader.pending):
        _settle(reader)
    if reader.link not in ("with", "over", "and", "or"):
        reader.link = one.kind
    reader.tie = ""
    reader.is_open = True


def _in(reader: _Reader, one: Spoken) -> None:
    is_whole = reader.is_whole
    _settle(reader)
    _end_negation(reader)
    reader.is_whole, reader.link = is_whole, "in"
    noun = reader.noun()
    if noun is not None and noun.kind != "part":
        return
    last = reader.things[reader.group[-1]] if reader.group else None
    if last is not None and reader.noun(("and", "comma")) is None and _wants_person(reader, last):
        reader.group = []
    reader.tie = "in"


def _end_negation(reader: _Reader) -> None:
    """A "no" ends after its noun: "no hat WITH a scarf", but "not WITH a hat"."""
    reader.is_negated &= reader.link == "not"


def _wants_person(reader: _Reader, last: Thing) -> bool:
    """ "A woman with green eyes in black" wears black."""
    if last.kind in ("eyes", "skin", "beard", "mark", "brows"):
        return True
    following = reader.ahead().kind
    return last.kind == "hair" and reader.has_person and following in ("color", "modifier")


def _with(reader: _Reader, one: Spoken) -> None:
    _settle(reader)
    _end_negation(reader)
    reader.link = "with"
    noun = reader.noun()
    if noun is None or noun.kind == "part":
        reader.tie = "with"


def _of(reader: _Reader, one: Spoken) -> None:
    _settle(reader)
    if reader.noun() is None:
        reader.tie = "of"


def _on(reader: _Reader, one: Spoken) -> None:
    pending = reader.pending
    if pending.pattern and not reader.tie and _is_on_what_comes(reader, 0):
        reader.waiting = pending
        reader.places |= reader.pending_places
        _forget(reader)
    _of(reader, one)


def _over(reader: _Reader, one: Spoken) -> None:
    _settle(reader)
    _end_negation(reader)
    reader.link = "over"
    if reader.group:
        number = reader.group[-1]
        reader.things[number] = replace(reader.things[number], is_layered=True)


def _is(reader: _Reader, one: Spoken) -> None:
    if one.phrase in ("colored", "coloured", "painted", "dyed") and reader.pending.colors:
        return
    is_whole, is_relative = reader.is_whole, reader.is_relative
    _settle(reader)
    reader.is_whole, reader.is_relative = is_whole, is_relative
    if reader.is_excepted and is_whole:
        reader.is_excepted, reader.group = False, []
    reader.is_negated = False
    reader.tie = "is"


def _colon(reader: _Reader, one: Spoken) -> None:
    if reader.group:
        _is(reader, one)
    else:
        _comma(reader, one)


def _that(reader: _Reader, one: Spoken) -> None:
    _settle(reader)
    reader.is_negated = False
    reader.is_relative = one.kind == "that"


def _he(reader: _Reader, one: Spoken) -> None:
    _settle(reader)
    reader.is_negated = False
    reader.group = []


def _wear(reader: _Reader, one: Spoken) -> None:
    is_negated, is_whole = reader.is_negated, reader.is_whole
    was_met = reader.link != "not"
    _settle(reader)
    reader.group, reader.is_whole = [], is_whole
    reader.is_negated = is_negated and not was_met
    reader.link = "not" if reader.is_negated else ""


def _all(reader: _Reader, one: Spoken) -> None:
    following = reader.ahead().kind
    if one.phrase == "all" and reader.group and reader.link == "comma" and following != "in":
        # "Jeans and a shirt, all blue".
        reader.tie = "is"
        return
    _settle(reader)
    reader.is_whole = True


def _not(reader: _Reader, one: Spoken) -> None:
    tie, is_open = reader.tie, reader.is_open
    if _is_said(reader.pending) and tie != "is" and reader.noun(("and", "or")) is not None:
        reader.kept = reader.pending
        reader.is_negated = True
        return
    if _is_said(reader.pending):
        _settle(reader)
    if one.phrase in ("isn't", "isnt", "aren't", "arent", "wasn't", "weren't"):
        tie = "is"
    reader.is_negated = True
    reader.link, reader.tie, reader.is_open = "not", tie, is_open


def _but(reader: _Reader, one: Spoken) -> None:
    tie = reader.tie
    _settle(reader)
    reader.is_negated = False
    reader.tie = tie


def _except(reader: _Reader, one: Spoken) -> None:
    is_whole = reader.is_whole
    _settle(reader)
    reader.is_excepted, reader.is_negated = True, False
    reader.group, reader.is_whole = [], is_whole


def _stop(reader: _Reader, one: Spoken) -> None:
    _settle(reader)
    reader.is_negated = reader.is_excepted = False
    if reader.ahead().kind != "it":
        reader.group = []
    reader.link = ""


def _place(reader: _Reader, one: Spoken) -> None:
    _settle(reader)
    reader.is_negated = False
    reader.link = "place"


def _both(reader: _Reader, one: Spoken) -> None:
    """ "A hat and gloves, both black"."""
    _settle(reader)
    reader.tie = "is" if reader.group else ""
    reader.is_open = not reader.group


def _pair(reader: _Reader, one: Spoken) -> None:
    reader.is_open = one.phrase.startswith("a ")


def _only(reader: _Reader, one: Spoken) -> None:
    noun = reader.noun()
    following = [reader.ahead(step).kind for step in (1, 2, 3)]
    is_wear = "wear" in (reader.ahead(-1).kind, following[0])
    if one.phrase not in ("just", "only", "solely") or is_wear:
        named = (
            noun or noun_ahead(reader.row, reader.at + 2) or noun_ahead(reader.row, reader.at + 3)
        )
        reader.is_only |= named is not None and named.kind == "garment"
    reader.is_negated = False


# --- what waits at a clause's end -----------------------------------------------------------------


def _settle(reader: _Reader) -> None:
    """At a clause's end what still waits goes to the thing before, else to the whole outfit."""
    if reader.kept is not None:
        reader.pending, reader.kept, reader.is_negated = reader.kept, None, False
    is_said = _is_said(reader.pending) or reader.pending.is_same
    if is_said and not (reader.is_negated or reader.is_stray):
        _give(reader)
    reader.places |= reader.pending_places if is_said else set()
    if reader.tie and reader.group:
        reader.places |= reader.pending_sizes
    _forget(reader)
    reader.tie = ""
    reader.is_open = reader.is_whole = reader.is_relative = False


def _is_said(thing: Thing) -> bool:
    return bool(thing.colors or thing.pattern or thing.material or thing.styles)


def _give(reader: _Reader) -> None:
    pending, group = reader.pending, reader.group
    if reader.is_whole:
        reader.outfit = _joined(reader.outfit, pending)
        reader.is_whole_said = True
    elif _is_hair(pending) and not (group and reader.things[group[-1]].kind in ("hair", "beard")):
        reader.things.append(replace(pending, kind="hair", phrase="hair", key="hair"))
    elif not reader.tie and _is_only_cut(pending):
        if group and pending.styles and pending.styles[0].startswith(_POSTPOSED):
            reader.things[group[-1]] = _joined(reader.things[group[-1]], pending)
    elif group and (reader.tie or _is_apposed(reader.things[group[-1]], pending)):
        for number in _spoken_of(reader):
            reader.things[number] = _told(reader.things[number], pending, reader.tie)
    elif reader.tie == "is":
        names = pending.color_names
        reader.things.append(Thing("skin", "", "skin", colors=pending.colors, color_names=names))
    else:
        reader.outfit = _joined(reader.outfit, pending)


def _is_hair(pending: Thing) -> bool:
    """ "Curly" by itself."""
    only_styles = bool(pending.styles) and not (pending.colors or pending.pattern)
    return only_styles and not any(style in cuts() for style in pending.styles)


_POSTPOSED = ("with ", "without ", "down ", "to ", "above ")


def _is_only_cut(pending: Thing) -> bool:
    return not (pending.colors or pending.pattern or pending.material or pending.is_same)


def _is_apposed(last: Thing, pending: Thing) -> bool:
    """ "Boots, black", "a dress, striped"; but a second color only with a word that ties it."""
    return not last.colors or not pending.colors or bool(pending.pattern)


def _spoken_of(reader: _Reader) -> list[int]:
    """Of "a hat and gloves in black" both, of "a red hat and gloves in black" the gloves."""
    is_list = reader.tie == "is" and not reader.is_relative and reader.group[-1] in reader.listing
    spoken_of = reader.listing if is_list else reader.group
    open_ones = [n for n in spoken_of if not reader.things[n].colors]
    last = reader.group[-1]
    if not reader.pending.colors:
        return reader.group if reader.tie == "is" else [last]
    return open_ones if last in open_ones else [last]


def _told(thing: Thing, more: Thing, tie: str) -> Thing:
    """The thing with what "with", "in" or "is" tells of it."""
    if tie == "with" and len(more.colors) == 1 and (thing.colors or more.pattern):
        return replace(
            _joined(thing, replace(more, colors=(), color_names=())),
            accents=(*thing.accents, *more.colors),
        )
    if tie == "is" and more.colors and thing.colors and not more.pattern:
        thing = replace(thing, colors=(), color_names=())
    if more.is_same:
        thing = replace(thing, is_same=True)
    return _joined(thing, more)


def _joined(thing: Thing, more: Thing) -> Thing:
    """What was said first stays first: "red with white dots" is red."""
    return replace(
        thing,
        colors=(*thing.colors, *more.colors),
        color_names=(*thing.color_names, *more.color_names),
        pattern=more.pattern or thing.pattern,
        cloth=thing.cloth or more.cloth,
        material=thing.material or more.material,
        styles=(*thing.styles, *more.styles),
        shade=thing.shade or more.shade,
        said=(*thing.said, *more.said),
    )


_DENIM = ("jean", "denim", "dungaree")


def _shared(things: list[Thing]) -> list[Thing]:
    """The black of "black belt and boots" is both's, and "matching" is the color before."""
    done: list[Thing] = []
    for number, thing in enumerate(things):
        if thing.is_same and not thing.colors:
            # "Matching" is the color before; "the color of his red hat" the one that follows.
            others = [one for one in (*reversed(done), *things[number:]) if one.colors]
            colored = [one for one in others if one.kind == "garment"]
            thing = replace(thing, colors=colored[0].colors[:1]) if colored else thing
        elif thing.is_joined and done:
            thing = _sharing(thing, done[-1])
        done.append(thing)
    return done


def _sharing(thing: Thing, before: Thing) -> Thing:
    """The second of "black belt and boots" with the color of the first; jeans stay blue."""
    is_free = not thing.colors and not any(word in thing.phrase for word in _DENIM)
    is_pair = before.kind == thing.kind == "garment" and not before.is_negated
    if not (is_free and is_pair and before.colors) or before.pattern:
        return thing
    return replace(
        thing,
        colors=before.colors,
        cloth=thing.cloth or before.cloth,
        material=thing.material or before.material,
    )


_Handler = Callable[[_Reader, Spoken], None]
_HANDLERS: dict[str, _Handler] = {
    **dict.fromkeys(ADJECTIVES, _adjective),
    **dict.fromkeys(THINGS, _thing),
    "style": _style,
    "hair color": _of_body,
    "skin tone": _of_body,
    "same": _same,
    "person": _person,
    "role": _role,
    "part": _part,
    "lacking": _lacking,
    "bare": _bare,
    "whole": _whole,
    "one": _one,
    "and": _and,
    "or": _or,
    "comma": _comma,
    "a": _article,
    "the": _article,
    "in": _in,
    "with": _with,
    "of": _of,
    "on": _on,
    "over": _over,
    "is": _is,
    "colon": _colon,
    "that": _that,
    "it": _that,
    "he": _he,
    "wear": _wear,
    "all": _all,
    "not": _not,
    "but": _but,
    "except": _except,
    "stop": _stop,
    "place": _place,
    "both": _both,
    "pair": _pair,
    "only": _only,
}
