# SPDX-License-Identifier: Apache-2.0
"""CLIP's tokens against the numbers that OpenAI's own tokenizer gives."""

import pytest

from kinora.backend.kit.encoders.clip_tokens import tokenize

KNOWN = {
    "": [],
    "a photo of a cat": [320, 1125, 539, 320, 2368],
    "A  tall, muscular\n woman's red T-shirt!": [
        320, 7771, 267, 30606, 2308, 568, 736, 339, 268, 2523, 256,
    ],
    "he's 190 cm & 85kg": [797, 568, 272, 280, 271, 3741, 261, 279, 276, 7817],
    "he\u2019s": [797, 568],
    "nai\u0308ve café \u2014 3½": [1097, 35689, 563, 15304, 2005, 274, 33613],
    "🦊🎉 fox": [6040, 232, 3986, 3240],
    "ein großer Mann": [24524, 1464, 127, 253, 528, 4783],
    "背の高い女性": [164, 225, 234, 21575, 165, 104, 246, 33523, 29290, 111, 162, 222, 356],
    "&lt;b&gt; it'll": [283, 321, 285, 585, 1342],
    "don't STOP...": [847, 713, 1691, 678],
}  # fmt: skip


@pytest.mark.parametrize(("sentence", "tokens"), KNOWN.items())
def test_tokens_are_those_of_openais_tokenizer(sentence: str, tokens: list[int]) -> None:
    assert tokenize([sentence])[0] == [[49406, *tokens, 49407]]


def test_no_sentence_can_speak_of_its_own_end() -> None:
    [tokens], _ = tokenize(["<|endoftext|> a man"])
    assert tokens.count(49407) == 1
