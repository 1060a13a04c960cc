# SPDX-License-Identifier: Apache-2.0
"""A change is worked into the words, so that the reader finds what is said last."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinora.backend.avatar.words.changes import changed


@pytest.mark.parametrize(
    ("before", "change", "after"),
    [
        ("A red coat and black trousers", "make the coat longer", "a long red coat"),
        ("a short red skirt, a blouse", "make the skirt longer", "a red skirt, a blouse"),
        ("an ankle-length coat", "Make the coat a bit shorter.", "a coat"),
        ("a coat with red buttons, a long red scarf", "a shorter scarf", "a red scarf"),
        ("a red coat", "make the coat darker", "a dark red coat"),
        ("a dark red coat", "make the coat lighter", "a red coat"),
        ("a dark blue coat, white hair", "make the coat light green", "a light green coat, white"),
        ("a blue shirt and blue shoes", "red instead of blue", "a red shirt and red shoes"),
        ("a red coat", "replace red with dark green", "a dark green coat"),
    ],
)
def test_a_change_of_what_was_said_is_worked_into_it(before, change, after):
    assert after in changed(before, change)


@pytest.mark.parametrize(
    ("change", "end"),
    [
        ("a hat", "a hat"),
        ("more armour", "more armour"),
        ("remove the hat", "no hat"),
        ("a jacket instead of the hoodie", "no hoodie. a jacket"),
        ("change the hoodie to a robe", "no hoodie. a robe"),
        ("a red shirt instead of the blue one", "a red shirt"),
        ("make the robe shorter", "a short robe"),
        ("make it nicer", "make it nicer"),
    ],
)
def test_what_speaks_of_nothing_said_before_is_said_last(change, end):
    assert changed("a wizard in a hat", change) == f"a wizard in a hat. {end}"


def test_several_changes_are_made_one_after_another():
    text = changed("a blue coat", "make the coat longer and make the coat red. no gloves")
    assert text == "a long red coat. no gloves"


def test_a_change_of_nothing_and_no_change_leave_the_words():
    assert changed("", "a hat") == "a hat"
    assert changed("A T-shirt.", "  ") == "A T-shirt."


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_may_be_changed_by_any_other(before, change):
    assert isinstance(changed(before, change), str)


VERBS = ("make", "turn", "a", "red", "longer", "instead of", "the", "it", "to", "coat", "\\1")


@given(st.lists(st.sampled_from(VERBS), max_size=8).map(" ".join))
def test_what_was_not_spoken_of_stays(change):
    assert "black boots" in changed("a red coat and black boots", change)
