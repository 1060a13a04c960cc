# SPDX-License-Identifier: Apache-2.0
"""Prompts against outfits: the right garment in the right color, whatever the order."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kinora.backend.avatar.outfit import PATTERNS, hands_that_hold, read_outfit
from kinora.backend.avatar.shape import read_shape
from kinora.backend.avatar.wardrobe import hairstyles
from kinora.backend.avatar.wardrobe.garments import GARMENTS
from kinora.backend.avatar.words import colors
from kinora.backend.kit.text import load_sentence_encoder

ENCODER = load_sentence_encoder()
NAMED = colors.named()
# A garment's word in a prompt, and where it is worn.
WORDS = {
    "shirt": "top",
    "jeans": "bottom",
    "trousers": "bottom",
    "skirt": "bottom",
    "dress": "whole",
    "robe": "whole",
    "jacket": "outer",
    "boots": "feet",
    "shoes": "feet",
    "gloves": "hands",
    "hat": "head",
    "helmet": "head",
    "belt": "waist",
}
RIVALS = ({"shirt", "dress", "robe"}, {"jeans", "trousers", "skirt", "dress", "robe"},
          {"boots", "shoes"}, {"hat", "helmet"})  # fmt: skip
UNDERWEAR = {"briefs", "bra"}
BLUE_JEANS = ("jeans", "blue")
COLORS = ("red", "green", "blue", "yellow", "black", "white", "purple", "orange", "dark green")


@cache
def person(female=True):
    return read_shape("a woman" if female else "a man", ENCODER)


@cache
def read(prompt, female=True):
    return read_outfit(prompt, person(female), ENCODER)


def by_slot(garments):
    return {GARMENTS[choice.garment].slot: choice for choice in garments}


def wearing(prompt, female=True):
    """What is worn, by slot."""
    return by_slot(read(prompt, female).garments)


def said(prompt):
    return " ".join(read(prompt).notes)


@st.composite
def colored_garments(draw):
    """Two to four garments that can be worn together, each with a color."""
    words: list[str] = []
    for word in draw(st.permutations(sorted(WORDS))):
        if not any(word in rivals and rivals & set(words) for rivals in RIVALS):
            words.append(word)
    words = words[: draw(st.integers(2, 4))]
    # "Blue jeans" are a thing of their own: the blue of denim.
    return [
        (word, draw(st.sampled_from([color for color in COLORS if (word, color) != BLUE_JEANS])))
        for word in words
    ]


def _check(prompt, pairs):
    worn = by_slot(read_outfit(prompt, person(), ENCODER).garments)
    for word, color in pairs:
        assert worn[WORDS[word]].color == pytest.approx(NAMED[color]), (prompt, word)


@settings(max_examples=60, deadline=None)
@given(colored_garments(), st.sampled_from(["a woman in", "wearing", "", "a girl with"]))
def test_colors_before_garments_bind_to_them(pairs, start):
    listed = [f"a {color} {word}" for word, color in pairs]
    _check(f"{start} {', '.join(listed[:-1])} and {listed[-1]}", pairs)


@settings(max_examples=60, deadline=None)
@given(colored_garments(), st.sampled_from(["a {} in {}", "{} {}", "the {} is {}", "{} - {}"]))
def test_colors_after_garments_bind_to_them(pairs, form):
    _check(", ".join(form.format(word, color) for word, color in pairs), pairs)


@settings(max_examples=40, deadline=None)
@given(colored_garments())
def test_one_garment_may_have_its_color_after_and_the_next_before(pairs):
    (first, one), (second, other) = pairs[:2]
    _check(f"{first} in {one} and a {other} {second}", pairs[:2])


@settings(max_examples=30, deadline=None)
@given(colored_garments())
def test_a_garment_without_color_takes_none_from_its_neighbours(pairs):
    (first, color), (second, _) = pairs[:2]
    alone = wearing(f"a {second}").get(WORDS[second])
    worn = wearing(f"a {color} {first} and a {second}")
    assert worn[WORDS[first]].color == pytest.approx(NAMED[color])
    assert worn[WORDS[second]].color == alone.color


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=150))
def test_any_text_gives_a_valid_outfit(prompt):
    outfit = read_outfit(prompt, person(), ENCODER)
    names = [choice.garment for choice in outfit.garments]
    assert len(set(names)) == len(names)
    assert names == sorted(names, key=list(GARMENTS).index)
    for choice in outfit.garments:
        assert choice.pattern in PATTERNS
        assert all(0 <= part <= 1 for part in (*choice.color, *choice.second_color))
    looks = outfit.looks
    for color in (looks.skin, looks.eyes, looks.brows, looks.hair_color):
        assert all(0 <= part <= 1 for part in color)
    assert looks.hair_style is None or looks.hair_style in hairstyles.STYLES


VOCABULARY = st.lists(
    st.sampled_from(
        [*WORDS, *COLORS, "with", "in", "and", "a", ",", "striped", "polka dots", "no", "long",
         "hair", "eyes", "ninja", "leather", "wearing", "dark", "without", "black", "is", "glasses"]
    ),
    max_size=14,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(VOCABULARY)
def test_any_order_of_known_words_gives_a_decent_person(words):
    garments = read_outfit(" ".join(words), person(), ENCODER).garments
    slots = [GARMENTS[choice.garment].slot for choice in garments]
    covered = {place for choice in garments for place in GARMENTS[choice.garment].covers}
    assert "hips" in covered or "briefs" in slots
    assert "chest" in covered or "bra" in slots
    single = [slot for slot in slots if slot != "extra"]
    assert len(set(single)) == len(single)


def test_an_empty_prompt_is_plain_underwear():
    for prompt in ("", " \n", "💃"):
        assert set(wearing(prompt)) == UNDERWEAR
    assert set(wearing("", female=False)) == {"briefs"}
    assert "no words" in said("💃") and said("") == ""


def test_small_children_wear_a_diaper_and_no_bra():
    for words, wanted in (("a newborn", {"diaper"}), ("a girl of six", {"briefs"})):
        outfit = read_outfit("", read_shape(words, ENCODER), ENCODER)
        assert {choice.garment for choice in outfit.garments} == wanted


def test_red_shirt_and_blue_jeans():
    worn = wearing("a man in a red shirt and blue jeans", female=False)
    assert worn["top"].color == pytest.approx(NAMED["red"])
    assert worn["bottom"].garment == "jeans" and worn["bottom"].cloth == "denim"
    assert worn["bottom"].color == pytest.approx(NAMED["denim"])
    assert "feet" in worn


def test_a_yellow_polka_dot_dress():
    worn = wearing("a girl in a yellow polka dot dress")
    assert worn["whole"].color == pytest.approx(NAMED["yellow"])
    assert worn["whole"].pattern == "dots"
    assert worn["whole"].second_color != worn["whole"].color
    assert not {"top", "bottom"} & set(worn)


def test_a_knight_in_a_steel_helmet():
    worn = wearing("a knight in a steel helmet", female=False)
    assert worn["head"].cloth == "metal"
    assert {"head", "outer", "bottom", "feet", "hands"} <= set(worn)


def test_a_jacket_over_a_t_shirt():
    worn = wearing("wearing a green jacket over a white t-shirt")
    assert worn["outer"].color == pytest.approx(NAMED["green"])
    assert worn["top"].color == pytest.approx(NAMED["white"])
    assert {"bottom", "feet"} <= set(worn)


def test_a_striped_dress_with_a_belt():
    worn = wearing("striped dress with a belt")
    assert worn["whole"].pattern == "stripes" and worn["waist"].pattern == "plain"


@pytest.mark.parametrize(
    "prompt",
    [
        "a black and white striped shirt",
        "a shirt in black and white stripes",
        "a shirt with black and white stripes",
        "a shirt, striped in black and white",
        "a black shirt with white stripes",
        "a woman with red hair in a striped black and white shirt",
        "blue eyes and a shirt that is black with white stripes",
    ],
)
def test_patterns_have_two_colors_however_they_are_said(prompt):
    shirt = wearing(prompt)["top"]
    assert shirt.pattern == "stripes"
    assert shirt.color == pytest.approx(NAMED["black"])
    assert shirt.second_color == pytest.approx(NAMED["white"])


def test_the_whole_outfit_takes_a_color_where_no_garment_has_one():
    worn = wearing("dressed in black with red boots")
    assert worn["feet"].color == pytest.approx(NAMED["red"])
    assert worn["top"].color == worn["bottom"].color == pytest.approx(NAMED["black"])
    assert wearing("a ninja in white")["bottom"].color == pytest.approx(NAMED["white"])


def test_materials_have_their_color_until_another_is_said():
    plain, black = (
        wearing("a leather belt")["waist"],
        wearing("a black leather belt")["waist"],
    )
    assert plain.cloth == black.cloth == "leather"
    assert plain.color[0] > plain.color[2]
    assert black.color == pytest.approx(NAMED["black"])
    assert wearing("all in black, a jacket")["outer"].color == black.color
    assert wearing("a leather belt, everything white")["waist"].color == plain.color


def test_what_is_said_wins_over_the_role():
    worn = wearing("a pirate with a blue jacket and no hat")
    assert worn["outer"].color == pytest.approx(NAMED["blue"])
    assert worn["feet"].color == pytest.approx(NAMED["black"])
    assert "head" not in worn


@pytest.mark.parametrize("prompt", ["no shoes", "barefoot", "without shoes", "a barefoot monk"])
def test_bare_feet_stay_bare(prompt):
    assert "feet" not in wearing(prompt)


def test_bare_chests_are_for_men_and_women_keep_a_top():
    assert not {"top", "bra"} & set(wearing("topless, in jeans", female=False))
    assert "bra" in wearing("topless, in jeans", female=True)
    assert set(wearing("naked", female=False)) == {"briefs"}


def test_modifiers_change_colors():
    plain, dark, light = (
        sum(wearing(f"a {word}crimson dress")["whole"].color) for word in ("", "dark ", "light ")
    )
    assert dark < plain < light


def test_at_least_250_colors_have_names():
    assert sum(" " not in name or name.replace(" ", "") in NAMED for name in NAMED) >= 250
    assert len({color for color in NAMED.values()}) >= 250


@pytest.mark.parametrize(
    ("prompt", "style"),
    [
        ("a bald man", None),
        ("short black hair", "short"),
        ("a short woman with long hair", "long"),
        ("long blonde hair", "long"),
        ("a red-haired woman with a ponytail", "ponytail"),
        ("not bald", "long"),
        ("no hair", None),
        ("a long dress", "long"),
        ("a woman in a short skirt", "long"),
    ],
)
def test_hair_styles(prompt, style):
    assert read(prompt).looks.hair_style == style


def test_colors_of_hair_eyes_and_skin_do_not_reach_the_clothes():
    prompt = "a woman with long red hair, green eyes and dark skin in a white dress"
    looks, worn = read(prompt).looks, wearing(prompt)
    assert worn["whole"].color == pytest.approx(NAMED["white"])
    assert looks.hair_color[0] > 1.5 * looks.hair_color[2]
    assert looks.eyes[1] > max(looks.eyes[0], looks.eyes[2])
    assert sum(looks.skin) < 1.2


def test_red_hair_is_a_color_of_hair_and_green_skin_is_green():
    assert read("a red-haired, blue-eyed girl").looks.eyes[2] > 0.6
    assert read("a green goblin").looks.skin == pytest.approx(NAMED["green"])
    assert sum(read("a pale woman").looks.skin) > sum(read("a black woman").looks.skin) + 1


def test_hair_greys_with_age_unless_its_color_is_said():
    old = read_shape("an 80 year old woman", ENCODER)
    grey = read_outfit("", old, ENCODER).looks.hair_color
    assert max(grey) - min(grey) < 0.1
    red = read_outfit("red hair", old, ENCODER).looks.hair_color
    assert red[0] > red[2] + 0.2


def test_babies_wear_no_shoes_and_no_hair_by_default():
    baby = read_shape("a newborn baby", ENCODER)
    outfit = read_outfit("a red shirt", baby, ENCODER)
    assert outfit.looks.hair_style is None
    assert "feet" not in by_slot(outfit.garments)


def test_substitutes_and_what_cannot_be_made_are_said():
    assert "rapier" in said("a rapier") and "sword" in said("a rapier")
    assert "harpoon" in said("a harpoon") and "tie dye" in said("a tie dye shirt")
    assert '"flurble" in the' in said("a flurble dress") and "left it out" in said("flurble")
    assert "left them out" in said("a flurble dress with a zorgon")


def test_each_kind_of_note_is_said_once():
    prompt = (
        "shirt, red hat, helmet, cap, boots, shoes, sandals, a flurble, a zorgon, a rapier, a lute"
    )
    notes = read(prompt).notes
    assert sum("said last" in note for note in notes) == 1
    assert sum("did not understand" in note for note in notes) == 1
    assert sum("no " in note and "I made" in note for note in notes) == 1


@pytest.mark.parametrize(
    ("prompt", "language"),
    [
        ("eine alte Frau mit einem roten Kleid und schwarzen Schuhen", "German"),
        ("une vieille femme avec une robe rouge et un chapeau", "French"),
        ("un hombre viejo con camisa roja y pantalones negros", "Spanish"),
        ("una donna con il vestito rosso e i capelli neri", "Italian"),
        ("uma mulher com um vestido vermelho e cabelo preto", "Portuguese"),
        ("een oude vrouw met een rode jurk en zwarte schoenen", "Dutch"),
        ("太った女性 赤いドレス", "another script"),
    ],
)
def test_other_languages_are_named_and_nothing_else_is_said(prompt, language):
    (note,) = read(prompt).notes
    assert language in note and "English" in note


def test_english_is_not_taken_for_another_language():
    for prompt in ("a flurble zorgon", "a man in lederhosen with a beret", "qwx zzt", "ein"):
        assert "in English" not in said(prompt)


def test_forty_garments_keep_the_later_of_each_slot():
    words = [*WORDS, *WORDS, *WORDS, "scarf", "glasses", "cape", "sandals"]
    outfit = read("wearing " + ", ".join(f"a red {word}" for word in words))
    worn = by_slot(outfit.garments)
    assert worn["feet"].garment == "sandals" and worn["whole"].garment == "robe"
    assert len(outfit.notes) == 1


def test_plain_requests_need_no_notes():
    for prompt in (
        "a man in a red shirt and blue jeans",
        "black boots",
        "a woman with long blonde hair in a striped dress",
        "an old lady in a purple robe",
        "wearing a very dark green leather jacket",
    ):
        assert said(prompt) == ""


def test_the_seed_varies_what_is_left_open_and_nothing_else():
    tops = {
        next(c.color for c in read_outfit("blue trousers", person(), ENCODER, seed).garments
             if GARMENTS[c.garment].slot == "top")
        for seed in range(10)
    }  # fmt: skip
    assert len(tops) > 2
    assert read("blue trousers") == read_outfit("blue trousers", person(), ENCODER, 0)


def test_very_long_prompts_are_read_in_part_and_that_is_said():
    assert "first 2000" in said("red shirt " * 1000)


def test_a_long_description_is_read_in_time_proportional_to_it():
    prompt = ("a man in a long red coat with gold buttons, blue jeans and black boots, " * 30)[
        :2000
    ]
    worn = wearing(prompt, female=False)
    assert worn["outer"].color == pytest.approx(NAMED["red"])
    assert worn["feet"].color == pytest.approx(NAMED["black"])


def test_hair_said_of_the_body_is_kept_where_the_clothes_are_silent() -> None:
    encoder = load_sentence_encoder()
    prompt = "a wizard with long white hair and green eyes"
    shape = read_shape(prompt, encoder)
    outfit = read_outfit("a dark blue robe", shape, encoder, hints=prompt)
    assert outfit.looks.hair_style == "long"
    assert min(outfit.looks.hair_color) > 0.75
    assert outfit.looks.eyes[1] == max(outfit.looks.eyes)
    black = read_outfit("a robe and black hair", shape, encoder, hints=prompt)
    assert max(black.looks.hair_color) < 0.3


def test_clothes_said_of_the_body_are_worn_where_no_others_are() -> None:
    encoder = load_sentence_encoder()
    prompt = "a tall man in a red jacket"
    shape = read_shape(prompt, encoder)
    outfit = read_outfit("", shape, encoder, hints=prompt)
    assert "outer" in by_slot(outfit.garments)
    other = read_outfit("a green dress", shape, encoder, hints=prompt)
    assert "outer" not in by_slot(other.garments)


def test_hair_said_of_the_clothes_wins_over_a_bald_body() -> None:
    def style(prompt, hints):
        return read_outfit(prompt, person(False), ENCODER, hints=hints).looks.hair_style

    assert style("a red jacket", "a bald man") is None
    assert style("a red jacket and blond hair", "a bald man") == "short"
    assert style("a bald head", "a man with long hair") is None


def test_hands_that_carry_something_are_known():
    assert hands_that_hold(read("a man with a sword and gloves")) == {"right"}
    assert hands_that_hold(read("a red dress")) == frozenset()
