# SPDX-License-Identifier: Apache-2.0
"""Moods, features and marks on the skin, read out of sentences."""

from __future__ import annotations

import pytest

from kinora.backend.avatar.words import colors, faces, lexicon, tokens
from kinora.backend.kit import body as bodies


def read(prompt: str) -> faces.FaceReading:
    return faces.read_face(tokens.split(tokens.normalise(prompt)))


def action(prompt: str, name: str) -> float:
    mood = read(prompt).mood
    return (bodies.DEFAULT_EXPRESSION if mood is None else mood).get(name, 0.0)


def test_an_angry_face_lowers_its_brows_and_a_plain_one_does_not() -> None:
    assert action("an angry man", "browDownLeft") > 0.8
    assert action("an angry man", "browInnerUp") == 0
    assert action("a man", "browDownLeft") == 0
    assert read("a man in a red shirt").mood is None


@pytest.mark.parametrize(
    "prompt",
    ["a man who is not angry", "a woman, not at all sad", "never scared", "neither sad nor angry"],
)
def test_a_mood_that_is_denied_is_not_made(prompt: str) -> None:
    assert action(prompt, "browDownLeft") == 0
    assert action(prompt, "mouthFrownLeft") == 0
    assert action(prompt, "mouthStretchLeft") == 0


def test_without_a_smile_nobody_smiles() -> None:
    assert action("a woman", "mouthSmileLeft") > 0.2
    assert action("a woman without a smile", "mouthSmileLeft") < 0.05


def test_degrees_scale_a_mood_and_stay_in_range() -> None:
    strengths = [
        action(f"{degree} angry man", "mouthFrownLeft") for degree in ("a slightly", "an", "a very")
    ]
    assert strengths == sorted(strengths) and strengths[0] < strengths[1] < strengths[2]
    for mood in lexicon.read("face")["mood"]:
        assert all(0 <= value <= 1 for value in faces.expression(mood, 3.0).values())


def test_opposite_moods_move_the_mouth_apart() -> None:
    assert action("cheerful", "mouthSmileLeft") > action("a woman", "mouthSmileLeft")
    assert action("with a big grin", "mouthUpperUpLeft") > 0.3
    assert action("frowning", "mouthFrownRight") > 0.5
    assert action("looking furious", "noseSneerLeft") > 0.5
    assert action("wide-eyed", "eyeWideLeft") > 0.5
    assert action("smug", "mouthSmileLeft") > 2 * action("smug", "mouthSmileRight")


def test_every_mood_and_feature_is_one_that_the_body_has() -> None:
    model = bodies.load_body_model()
    for mood in lexicon.read("face")["mood"]:
        bodies.make_body(model, bodies.BodyParameters({}, faces.expression(mood)))
    shapes = [read(phrase).features for phrase in ("an elf", "a goblin", "an orc", "a witch")]
    for shape in (*faces._feature_phrases().values(), *shapes):
        assert shape
        assert all(bodies._feature_files(name) for name in shape)


def test_colors_before_and_after_make_up_are_its_own() -> None:
    red, blue = colors.named()["red"], colors.named()["blue"]
    assert read("red lipstick").marks == (faces.Mark("lipstick", red),)
    assert read("nails painted blue").marks == (faces.Mark("nail polish", blue),)
    assert read("blue nails and a red dress").marks == (faces.Mark("nail polish", blue),)
    (dark,) = read("dark red lips").marks
    assert dark.kind == "lipstick" and dark.color is not None and dark.color[0] < red[0]
    assert read("full lips").marks == ()


def test_marks_have_places_and_sides() -> None:
    (scar,) = read("a scar on his left cheek").marks
    assert (scar.kind, scar.place) == ("scar", "left cheek")
    (anchor,) = read("an anchor tattoo on the right upper arm").marks
    assert (anchor.design, anchor.place) == ("anchor", "right upper arm")
    assert read("a tattooed sailor").marks[0].kind == "tattoo"


def test_what_is_denied_is_not_painted() -> None:
    assert read("without tattoos").marks == ()
    assert read("a clown with no makeup").marks == ()
    assert read("no red lipstick but freckles").marks == (faces.Mark("freckles"),)


def test_understood_words_are_named_by_their_places() -> None:
    reading = read("an angry man with a scar on his left cheek and thick eyebrows")
    assert reading.brow_style == "thick"
    # an angry man with a scar on his left cheek and thick eyebrows
    assert reading.places == {1, 5, 6, 7, 8, 9, 11, 12}


def test_a_big_nose_is_a_nose_and_scales() -> None:
    plain = read("a big nose").features["nose/nose-scale-horiz-incr"]
    assert read("a very big nose").features["nose/nose-scale-horiz-incr"] > plain
    assert read("no big nose").features == {}
