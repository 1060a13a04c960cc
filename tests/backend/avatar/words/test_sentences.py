# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: E501
"""Sentences as users type them, and what must be worn: by the garments' own names, in which color.

An expectation is a list of "word: color", "word: color/pattern", "word: color+second color",
"-word" for what must not be worn; "@slot" stands for whatever is worn there.
"""

from __future__ import annotations

from functools import cache

import pytest

from kinora.backend.avatar.outfit import read_outfit
from kinora.backend.avatar.shape import read_shape
from kinora.backend.avatar.wardrobe.garments import GARMENTS
from kinora.backend.avatar.words import colors
from kinora.backend.kit.text import load_sentence_encoder

ENCODER = load_sentence_encoder()
NAMED = colors.named()

ORDERS = [
    ("a man in a red shirt and blue jeans", "shirt: red; jeans: denim"),
    ("jeans that are blue and a shirt that is red", "jeans: blue; shirt: red"),
    ("his coat, a long red one, reaches his knees", "coat: red"),
    ("red is the color of her dress", "dress"),
    ("black belt and boots", "belt: black; boots: black"),
    ("a white shirt with blue stripes", "shirt: white/stripes+blue"),
    ("blue stripes on a white shirt", "shirt: white/stripes+blue"),
    ("a red-and-white striped shirt", "shirt: red/stripes+white"),
    ("a shirt striped in red and white", "shirt: red/stripes+white"),
    ("a shirt with stripes of red and white", "shirt: red/stripes+white"),
    ("a hat and gloves in black", "hat: black; gloves: black"),
    ("a red hat and gloves in black", "hat: red; gloves: black"),
    ("hat, scarf and gloves are black, the coat is grey", "hat: black; gloves: black; coat: grey"),
    ("boots in black and red gloves", "boots: black; gloves: red"),
    ("boots in black, red gloves, a belt of brown leather", "boots: black; gloves: red; belt: brown"),
    ("her skirt is green and her top is white", "skirt: green; top: white"),
    ("The trousers? Purple. The hat? Yellow.", "trousers: purple; hat: yellow"),
    ("hat: yellow, boots: brown, shirt: white", "hat: yellow; boots: brown; shirt: white"),
    ("yellow hat / brown boots / white shirt", "hat: yellow; boots: brown; shirt: white"),
    ("hat yellow, boots brown, shirt white", "hat: yellow; boots: brown; shirt: white"),
    ("he has on a navy sweater over a white shirt", "sweater: navy; shirt: white"),
    ("a white shirt under a navy sweater", "sweater: navy; shirt: white"),
    ("a big, floppy, yellow hat", "hat: yellow"),
    ("wears shiny black shoes, a crisp white shirt and a dark green tie",
     "shoes: black; shirt: white"),
    ("a light blue shirt and dark brown trousers", "shirt: light blue; trousers: dark brown"),
    ("a pair of red shoes and a pair of white socks", "shoes: red; socks: white"),
    ("a black and white checked skirt", "skirt: black/checks+white"),
    ("a skirt in black and white checks", "skirt: black/checks+white"),
    ("a jacket, which is made of brown leather", "jacket: brown"),
    ("a jacket that has been dyed orange", "jacket: orange"),
    ("a scarlet, knee-length skirt together with grey boots", "skirt: scarlet; boots: grey"),
    ("orange shorts plus a teal tank top", "shorts: orange; tank top: teal"),
    ("jeans & a pink t-shirt + white sneakers", "jeans: denim; t shirt: pink; sneakers: white"),
    ("a woman whose dress is emerald", "dress: emerald"),
    ("her emerald dress has white dots", "dress: emerald/dots+white"),
    ("an emerald dress covered in white dots", "dress: emerald/dots+white"),
    ("a dress, white with red hearts", "dress: white/hearts+red"),
    ("a camouflage jacket and olive trousers", "jacket: /camouflage; trousers: olive"),
    ("leopard print leggings and a black top", "leggings: /leopard; top: black"),
    ("blue shirt with white flowers, khaki shorts", "shirt: blue/flowers+white; shorts: khaki"),
    ("a plain grey sweater", "sweater: grey/plain"),
    ("his boots are black and so are his gloves", "boots: black; gloves: black"),
    ("trousers as black as night and a red shirt", "trousers: black; shirt: red"),
    ("a shirt the color of mustard", "shirt: mustard"),
    ("mustard-colored shirt, rust trousers", "shirt: mustard; trousers: rust"),
    ("a cream blouse tucked into a burgundy skirt", "blouse: cream; skirt: burgundy"),
    ("beneath his grey coat he wears a purple shirt", "coat: grey; shirt: purple"),
    ("someone wearing white: white trousers, white shirt, white shoes",
     "trousers: white; shirt: white; shoes: white"),
]  # fmt: skip

SAME = [
    ("everything black but the boots", "shirt: black; trousers: black; boots"),
    ("everything white except for red shoes", "@bottom: white; @top: white; shoes: red"),
    ("all in black, with a red hat", "hat: red; @bottom: black; @feet: black"),
    ("dressed entirely in green", "@top: green; @bottom: green; @feet: green"),
    ("an all-white outfit with a gold belt", "@top: white; @bottom: white; belt: gold"),
    ("his clothes are all grey, apart from a red hat", "hat: red; @bottom: grey"),
    ("a red hat with matching gloves", "hat: red; gloves: red"),
    ("a purple dress and shoes of the same color", "dress: purple; shoes: purple"),
    ("green shoes, and gloves in the same color", "shoes: green; gloves: green"),
    ("gloves of the same color as her red hat", "hat: red; gloves: red"),
    ("jeans and a jacket, both black", "jeans: black; jacket: black"),
    ("a skirt, a blouse and a hat, all of them yellow", "hat: yellow"),
]

PARTS = [
    ("a blue coat with red buttons", "coat: blue+red"),
    ("a blue coat with gold trim and brown boots", "coat: blue+gold; boots: brown"),
    ("a black dress with a white collar", "dress: black+white"),
    ("a white tunic with a red cross on the chest", "tunic: white+red"),
    ("gold buttons on a blue coat", "coat: blue+gold"),
    ("a red jacket trimmed with white fur", "jacket: red+white"),
    ("black shoes with white laces and a red tie", "shoes: black+white"),
    ("a hat with a feather", "hat"),
    ("black hat with a red band, black coat with silver buttons", "hat: black+red; coat: black+silver"),
    ("a shirt with blue sleeves", "shirt"),
    ("boots with red soles", "boots"),
    ("a grey robe edged in gold", "robe: grey+gold"),
]  # fmt: skip

LENGTHS = [
    ("a long red coat", "coat: red"),
    ("a long, red, woolen coat", "coat: red"),
    ("a coat, a long one in red", "coat: red"),
    ("tall black boots", "knee boots: black"),
    ("black boots that are knee-high", "knee boots: black"),
    ("a long-sleeved green shirt", "@top: green"),
    ("a sleeveless white shirt", "tank top: white"),
    ("a white top without sleeves", "sleeveless top: white"),
    ("a short-sleeved blue T-shirt", "t shirt: blue"),
    ("a knitted red hat", "beanie: red"),
    ("a red hat made of wool", "beanie: red"),
    ("a yellow straw hat", "straw hat: yellow"),
    ("a brown leather jacket", "leather jacket: brown"),
    ("a jacket of black leather", "leather jacket: black"),
    ("a jacket in faded denim", "denim jacket"),
    ("high-heeled red shoes", "heels: red"),
    ("pointed purple hat", "wizard hat: purple"),
    ("rubber boots in yellow", "wellingtons: yellow"),
    ("warm brown boots", "boots: brown"),
    ("denim shorts and a cropped white top", "shorts; crop top: white"),
]

NEGATIONS = [
    ("without a hat", "-@head"),
    ("a cowboy without a hat", "-@head; cowboy boots"),
    ("a hatless cowboy in a blue shirt", "-@head; shirt: blue"),
    ("no shoes and a white dress", "-@feet; dress: white"),
    ("she never wears glasses, only a green dress", "-glasses; dress: green"),
    ("he doesn't wear any gloves but a red hat", "-gloves; hat: red"),
    ("he isn't wearing shoes", "-@feet"),
    ("not a red shirt but a blue one", "shirt: blue"),
    ("not red but blue trousers", "trousers: blue"),
    ("a blue rather than red shirt", "shirt: blue"),
    ("his shirt is not red but blue", "shirt: blue"),
    ("a tie-less suit, shirt in white, no belt", "-belt; shirt: white"),
    ("a skirt instead of trousers", "skirt; -trousers"),
    ("instead of trousers he wears a red skirt", "skirt: red; -trousers"),
    ("barefoot in a blue robe", "robe: blue; -@feet"),
    ("no hat, gloves or shoes, just jeans and a red top", "jeans: denim; top: red; -@head; -gloves; -@feet"),
    ("neither hat nor gloves, a brown coat", "coat: brown; -@head; -gloves"),
    ("no hat but a pair of sunglasses", "sunglasses; -@head"),
    ("a knight without a helmet", "breastplate; -@head"),
    ("a pirate, no eyepatch, no hat", "-@head; -eyepatch"),
    ("a bareheaded police officer", "-@head"),
    ("shirtless, in white shorts", "shorts: white; -@top"),
    ("a nurse who wears no cap", "-@head"),
    ("a chef minus the hat", "-@head"),
    ("wearing nothing but green shorts", "shorts: green; -@top; -@feet"),
    ("only a towel and flip-flops", "flip flops"),
    ("without gloves and with a yellow hat", "hat: yellow; -gloves"),
    ("a ninja without a mask, in white", "-@face; tunic: white"),
    ("lacks shoes, otherwise a black suit", "-@feet; blazer: black"),
    ("bare hands, brown coat", "coat: brown; -gloves"),
]  # fmt: skip

LAST_WINS = [
    ("a man in a red shirt. Actually his shirt is blue.", "shirt: blue"),
    ("a red shirt and a blue shirt", "shirt: blue"),
    ("a hat and a helmet", "helmet; -hat"),
    ("jeans, no, a black skirt", "skirt: black; -jeans"),
    ("boots, sandals, then slippers", "slippers; -boots; -sandals"),
    ("a dress and a pair of shorts", "shorts; -dress"),
    ("red jeans which are actually green", "jeans: green"),
]

ROLES = [
    ("a pirate with a white beard and green trousers", "tricorn; trousers: green; @feet: black"),
    ("a ninja in red", "tunic: red; @bottom: red; @face: red"),
    ("a nurse in blue", "dress: blue; nurse cap: white; @legwear: white; @feet: white"),
    ("a businessman in grey", "suit jacket: grey; @bottom: grey; @top: white"),
    ("a nurse all in blue", "dress: blue; nurse cap: blue; @legwear: blue; @feet: blue"),
    ("a knight in shining armor", "breastplate; leg armor; helmet"),
    ("a wizard with a red hat", "wizard hat: red; robe"),
    ("a little girl in a red dress", "flats; dress: red"),
    ("a little girl dressed as a princess", "tiara; flats; -heels"),
    ("a woman dressed as a princess", "tiara; heels"),
    ("a man dressed as a gladiator", "greaves; @bottom: brown; -@top"),
    ("a pirate's hat and a T-shirt", "tricorn; t shirt; -pirate coat"),
    ("a cowboy with black boots", "cowboy boots: black"),
    ("a cowboy in a yellow shirt", "shirt: yellow; cowboy hat; jeans"),
    ("a green knight", "breastplate: green"),
    ("a black doctor in a green shirt", "shirt: green; lab coat: white"),
    ("a chef with blue shoes", "chef hat: white; @feet: blue"),
    ("a woman dressed as a wizard", "wizard hat; robe"),
    ("a man in a sailor suit", "sailor hat; @bottom: navy"),
    ("a toddler dressed up as a pirate", "tricorn"),
    ("a doctor with a pink lab coat over green scrubs", "lab coat: pink; scrub top: green"),
    ("a firefighter holding his helmet", "fire helmet"),
    ("a Viking, but with a blue tunic and no helmet", "tunic: blue; -@head"),
    ("a clown in a purple suit with a red nose", "clown nose: red; blazer: purple"),
    ("a samurai in white", "kabuto"),
    ("Santa in green", "santa hat: green"),
    ("a police officer with sunglasses", "sunglasses; police cap"),
    ("not a knight, a cowboy", "cowboy hat; -breastplate"),
]

LONG = [
    ("She is an elegant lady of about forty with long auburn hair that falls over her shoulders. She "
     "wears a burgundy blouse with white dots, a knee-length charcoal skirt, black tights and dark red "
     "high heels. A silver watch, small earrings and a pair of round glasses complete the picture.",
     "blouse: burgundy/dots+white; skirt: charcoal; tights: black; heels: dark red; glasses"),
    ("Picture a tired old fisherman: a yellow raincoat over a thick navy sweater, brown trousers tucked "
     "into green rubber boots, and on his head a grey woolly hat; no gloves.",
     "raincoat: yellow; sweater: navy; trousers: brown; wellingtons: green; beanie: grey; -gloves"),
    ("He carries a brown leather bag over his shoulder, has a red and black checked shirt with rolled up "
     "sleeves, faded blue jeans held by a wide brown belt, and tan cowboy boots; his hat hangs at home.",
     "shirt: red/checks+black; jeans; belt: brown; cowboy boots: tan"),
    ("kid with red cap, blue hoodie, grey sweatpants n white sneakers",
     "cap: red; hoodie: blue; sweatpants: grey; sneakers: white"),
    ("full body shot of a young woman, street style, oversized beige trench coat, white turtleneck, "
     "straight black jeans, chunky white sneakers, black beanie",
     "trench coat: beige; turtleneck: white; jeans: black; sneakers: white; beanie: black"),
]  # fmt: skip

CASES = [*ORDERS, *SAME, *PARTS, *LENGTHS, *NEGATIONS, *LAST_WINS, *ROLES, *LONG]


@cache
def worn(prompt):
    shape = read_shape("", ENCODER, seed=1, hints=prompt)
    return read_outfit(prompt, shape, ENCODER).garments


def names(garment):
    listed = GARMENTS[garment].words.replace("-", " ").replace("'s", "").split(",")
    own = {" ".join(name.split()) for name in listed} | {garment.replace("_", " ")}
    return own | {name.split()[-1] for name in own if name}


def called(prompt, word):
    """What is worn that goes by this name, or in this slot."""
    if word.startswith("@"):
        found = [one for one in worn(prompt) if GARMENTS[one.garment].slot == word[1:]]
    else:
        found = [one for one in worn(prompt) if word in names(one.garment)]
    return found[0] if found else None


def color_of(name):
    modifier, _, rest = name.partition(" ")
    return NAMED[name] if name in NAMED else colors.changed(NAMED[rest], modifier)


def test_there_are_enough_sentences_and_all_differ():
    assert len({prompt for prompt, _ in CASES}) == len(CASES) >= 120


@pytest.mark.parametrize(("prompt", "expected"), CASES)
def test_a_sentence_is_worn_as_it_says(prompt, expected):
    for wanted in expected.split("; "):
        word, _, looks = wanted.removeprefix("-").partition(": ")
        choice = called(prompt, word)
        has = [one.garment for one in worn(prompt)]
        if wanted.startswith("-"):
            assert choice is None, (word, has)
            continue
        assert choice is not None, (word, has)
        looks, _, second = looks.partition("+")
        color, _, pattern = looks.partition("/")
        if color:
            assert choice.color == pytest.approx(color_of(color)), word
        if pattern:
            assert choice.pattern == pattern, word
        if second:
            assert choice.second_color == pytest.approx(color_of(second)), word
