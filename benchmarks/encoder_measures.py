# SPDX-License-Identifier: Apache-2.0
"""The embedded encoder on people that it never saw, beside the same networks before any training.

    python benchmarks/encoder_measures.py MATERIALS [WEIGHTS]

MATERIALS is the training's folder of that name, made here if it is not there; WEIGHTS a folder with
the two files of an encoder, else the one that ships is measured. As much as in the model card on a
GPU, a tenth of it elsewhere.
"""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import replace
from pathlib import Path

import torch

from kinora.backend.avatar.scenes.wardrobe import build
from kinora.backend.avatar.seeing import materials
from kinora.backend.avatar.seeing.measure import Extent, Measured, measure, random_encoder, table
from kinora.backend.avatar.seeing.train import SMALL
from kinora.backend.kit.body import load_body_model
from kinora.backend.kit.encoders import embedded, minilm


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("materials", type=Path)
    parser.add_argument("weights", type=Path, nargs="?", default=embedded.PICTURES.parent)
    asked = parser.parse_args()
    materials.prepare(asked.materials)
    made = materials.load(asked.materials)
    is_cuda = torch.cuda.is_available()
    device = torch.device("cuda" if is_cuda else "cpu")
    processes = os.cpu_count() or 1
    wardrobe = build(load_body_model(), made.basis, made.poses, processes, device=device)
    precision = torch.bfloat16 if is_cuda else torch.float32
    network = minilm.load_minilm(asked.materials / materials.MINILM, device, precision)
    tokenizer = minilm.load_tokenizer(asked.materials / materials.TOKENIZER)
    encoder = embedded.load_embedded(
        str(device),
        asked.weights / embedded.PICTURES.name,
        asked.weights / embedded.SENTENCES.name,
        minilm.TokenReader(tokenizer, network),
    )
    trained = Measured(encoder, made.world(training=False), wardrobe)
    untrained = replace(trained, encoder=random_encoder(encoder))
    for name, measured in (("trained", trained), ("random weights", untrained)):
        rows = measure(measured, Extent() if is_cuda else SMALL)
        sys.stdout.write(f"{name}\n{table(rows)}\n\n")


if __name__ == "__main__":
    main()
