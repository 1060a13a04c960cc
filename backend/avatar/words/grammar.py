# SPDX-License-Identifier: Apache-2.0
"""The fixed phrases of the caption grammar, round the words that are drawn."""

from __future__ import annotations

PERSON_FRAMES = (
    "a", "a", "a", "an", "the", "", "this is a", "make me a", "I want a", "he is a", "she is a",
    "please create a", "one", "a 3d", "imagine a", "the character is a", "there is a", "draw a",
    "a picture of a", "someone like a", "dressed as a", "looks like a", "a kind of",
)  # fmt: skip
WORN_FRAMES = (
    "wearing", "wears", "in", "with", "dressed in", "he wears", "she wears", "", "clad in",
    "has on", "he is wearing", "she is wearing", "who wears", "sporting", "outfit:", "and",
    "carrying", "put on", "give him", "give her", "all dressed up in", "he always wears",
)  # fmt: skip
PLACES = {
    "head": ("on his head", "on her head", "on top", "over his hair"),
    "face": ("on his face", "over her eyes", "on her nose"),
    "neck": ("around the neck", "around her neck"),
    "top": ("on his chest", "on top", "over his belly", "with rolled up sleeves"),
    "outer": ("over it", "on top", "over his shoulders", "buttoned up"),
    "bottom": ("on his legs", "down to the knees", "around the hips", "below"),
    "waist": ("around the waist", "at his waist", "around her hips"),
    "hands": ("on his hands", "on both hands", "on her hands"),
    "feet": ("on his feet", "on her feet", "on both feet", "with laces"),
    "whole": ("down to the floor", "from head to toe", "that reaches the ground"),
}
CARRIED = ("in his hand", "in her hand", "on his back", "over the shoulder", "around the neck")
ACTION_FRAMES = (
    "*", "he *", "she * ", "a person *", "* slowly", "* in place", "the character *", "* twice",
    "starts to * quickly", "is * now", "who likes to *", "they * around", "* and looks happy",
    "to *", "wants to * in the park", "* for a while", "begins to *", "keeps *",
)  # fmt: skip
DISTRACTIONS = (
    "in the *", "near a *", "from the * *", "who likes *", "of the *", "at the *", "on a *",
    "with a * background", "because of *", "for the * party", "the * of *", "on * day",
    "like in a *", "who studied *", "* and *", "he is * today", "during the *", "made by *",
    "a * *", "with a *", "a very * *", "*", "* *", "for *", "is a *",
)  # fmt: skip
