# SPDX-License-Identifier: Apache-2.0
"""What the embedded prior is trained on and how."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch

from kinora.backend.clipart.motion.actions import Action
from kinora.backend.clipart.prior import train
from kinora.backend.clipart.prior.captions import load_grammar, meanings, said_plainly, sentence
from kinora.backend.clipart.prior.lessons import LOOP, Repertoire, drawn, performance, sheet
from kinora.backend.clipart.prior.network import FRAMES, PIXELS, ScoreNetwork, Sizes
from kinora.backend.clipart.prior.pool import CHOICES, Clips, Pool
from kinora.backend.clipart.prior.steps import Stepper, loudness
from kinora.shared.errors import BadOptionError

CPU = torch.device("cpu")


def falling_bar(count: int) -> Clips:
    """A dark bar that is three rows lower in every frame, the first frame at rest."""
    clips = torch.full((count, FRAMES, 3, PIXELS, PIXELS), 255, dtype=torch.uint8)
    for frame in range(FRAMES):
        clips[:, frame, :, 2 + 3 * frame : 5 + 3 * frame] = 60
    captions = torch.zeros((count, CHOICES), dtype=torch.long)
    return Clips(clips, clips[:, 0].clone(), captions, torch.zeros(count))


def test_what_is_told_of_the_phase_fits_the_frames() -> None:
    torch.manual_seed(0)
    pool = Pool(8, torch.randn(1, 384))
    pool.add(falling_bar(8))
    clips, known = pool.draw(64)
    row = (1 - clips).sum((2, 4)).argmax(-1)
    begun = (row[:, 0] - 2) // 3
    assert (((row - 2) // 3) == (begun[:, None] + torch.arange(FRAMES)) % FRAMES).all()
    told = known.phase.isfinite()
    assert 20 < told.sum() < 60
    torch.testing.assert_close((known.phase[told] * FRAMES).round().long(), begun[told])
    assert (clips.amax((1, 2, 3, 4)) > 0.99).all()
    wordless = known.words.square().sum(-1) == 0
    assert 0 < wordless.sum() < 20


def test_a_full_pool_forgets_the_oldest() -> None:
    torch.manual_seed(0)
    pool = Pool(4, torch.randn(1, 384))
    pool.add(falling_bar(4))
    white = torch.full((4, FRAMES, 3, PIXELS, PIXELS), 255, dtype=torch.uint8)
    pool.add(Clips(white, white[:, 0], torch.zeros((4, CHOICES), dtype=torch.long), torch.ones(4)))
    assert (pool.draw(16)[0] > 0.99).all()


def test_noise_is_spread_evenly_on_a_logarithmic_scale() -> None:
    noise, place = loudness(1000, CPU)
    quarters = torch.histc(noise.log(), 4)
    assert (quarters - 250).abs().max() <= 2
    assert ((place >= 0) & (place < 1)).all()


def test_learning_makes_a_clip_known() -> None:
    torch.manual_seed(0)
    pool = Pool(1, torch.randn(1, 384))
    pool.add(falling_bar(1))
    stepper = Stepper(ScoreNetwork(Sizes((8, 16, 16), 32)), pool, 4, 4e-3)
    stepper.share = 0.1
    before = _error(stepper)
    for _ in range(20):
        stepper.step()
    assert _error(stepper) < 0.8 * before


def _error(stepper: Stepper) -> float:
    stepper.figures()
    for _ in range(4):
        stepper.step()
    return sum(stepper.figures())


def test_no_word_kept_from_training_is_taught() -> None:
    grammar = load_grammar()
    nouns = [words for words in grammar.nouns.values()]
    learnt = {noun for words in nouns for noun in words.learnt}
    assert not learnt & {noun for words in nouns for noun in words.held_out}
    for deed in grammar.deeds:
        assert not set(deed.wordings.learnt) & set(deed.wordings.held_out)


def test_sentences_are_whole() -> None:
    grammar, rng = load_grammar(), np.random.default_rng(0)
    for meaning in meanings(grammar):
        for is_held_out in (False, True):
            said = sentence(meaning, grammar, is_held_out, rng)
            assert "{" not in said and "  " not in said
            words = said.split()
            for article, noun in pairwise(words):
                assert article not in ("a", "an") or (article == "an") == (noun[0] in "aeiou")


def test_what_was_understood_is_said_in_learnt_words() -> None:
    assert said_plainly("quadruped", [Action("wag", ("tail",))]) == "a dog is wagging its tail"
    assert said_plainly("fish", [Action("swim", speed=1.6)]) == "a fish is swimming quickly"
    assert said_plainly("fish", [Action("drive")]) is None
    both = [Action("hop"), Action("wag", ("tail",))]
    assert said_plainly("quadruped", both) == "a dog is hopping and wagging its tail"


def test_creatures_do_what_they_have_the_parts_for_and_begin_where_it_is_said() -> None:
    rng = np.random.default_rng(0)
    asked = {meaning: (number,) for number, meaning in enumerate(meanings(load_grammar()))}
    repertoire = Repertoire(asked)
    shows = [performance(repertoire, rng) for _ in range(6)]
    for show in shows:
        assert show.meaning.kind == show.creature.anatomy.kind
        assert show.tracks.shape == (LOOP, len(show.creature.points), 2)
    made = sheet(shows, asked, rng)
    for place, show in enumerate(shows):
        own = len(show.creature.points)
        start = round(float(made.phases[place]) * LOOP)
        np.testing.assert_allclose(
            made.tracks[place, :FRAMES, :own], show.tracks[start :: LOOP // FRAMES], atol=1e-3
        )
    clips = drawn(made, CPU)
    assert clips.clips.shape == (6, FRAMES, 3, PIXELS, PIXELS)
    assert (clips.rests < 250).flatten(1).any(1).all()


def test_a_training_that_is_not_there_cannot_go_on(tmp_path: Path) -> None:
    with pytest.raises(BadOptionError):
        train.main(train.Order(tmp_path, 1.0, 1.0, resumes=True, captions=Path("missing")))
