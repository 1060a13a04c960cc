# SPDX-License-Identifier: Apache-2.0
"""A drawing and a sentence become a clip: read, find the skeleton, cut a puppet, move it, refine.

The steps are AniClipart's; where it starts from standing still, this starts from a motion that the
caption's words and the drawing's anatomy suggest.
"""

from __future__ import annotations

import functools
from dataclasses import replace

import numpy as np

from ...shared import __version__
from ...shared.results import VectorClip
from ..kit.stopwatch import Stopwatch
from ..kit.text import SentenceEncoder, load_sentence_encoder
from ..system import Run
from .assemble import About, make_clip, still
from .caption import Asked, read_caption
from .drawing import Drawing
from .files import Look, Summary, write_files
from .layers import find_layers
from .mesh.easing import eased
from .mesh.making import make_puppet
from .mesh.puppet import Puppet
from .motion.start import Start, start_motion
from .motion.timing import Timing
from .options import check_options
from .params import Params
from .reading.read import read_drawing
from .refining import Judged, refined
from .skeleton.find import Found, find_skeleton
from .skeleton.given import given_skeleton
from .skeleton.published import published_files

WAYS = 3
"""In how many ways the caption is acted out, but in drafts, for a prior to choose among."""


@functools.cache
def load_models() -> SentenceEncoder:
    return load_sentence_encoder()


def preload(device: str) -> None:
    """Bring into memory what every job needs, ahead of the first one."""
    load_models()


def run(params: Params, run: Run) -> VectorClip:
    """Animate the drawing as the caption says. Leaves the files of design section 5.

    With `only_keypoints` the clip is one frame, the drawing as it came, with the skeleton found.
    """
    check_options(params)
    watch = Stopwatch()
    run.report(0.0, "Reading the drawing")
    with watch.stage("read"):
        drawing = read_drawing(params.drawing)
        asked = read_caption(params.caption, load_models())
    run.report(0.05, "Finding the skeleton")
    with watch.stage("skeleton"):
        found = look_for_skeleton(params, drawing, asked)
        layers = found.layers or find_layers(drawing, found.skeleton)
    run.report(0.15, "Cutting the drawing into a puppet")
    with watch.stage("puppet"):
        puppet = make_puppet(drawing, found.skeleton, layers, run.device)
    with watch.stage("start"):
        start = begin(params, puppet, asked, run)
    with watch.stage("refine"):
        judged = refined(params, puppet, asked, start, run)
    with watch.stage("ease"):
        judged = ease(puppet, judged)
    notes = (*drawing.notes, *found.notes, *asked.notes, *start.notes, *judged.notes)
    if params.only_keypoints:
        notes = (*drawing.notes, *found.notes)
    with watch.stage("assemble"):
        clip = make_clip(puppet, judged.tracks, about(params, drawing, judged, notes))
    clip.check()
    published = published_files(drawing, found.skeleton, layers)
    write_files(clip, published, summary(params, puppet, watch, judged), look(params), run)
    run.report(1.0, "Done")
    return clip


def look_for_skeleton(params: Params, drawing: Drawing, asked: Asked) -> Found:
    """The user's own skeleton where one is given, else that which the drawing shows."""
    if params.keypoints is not None:
        return given_skeleton(params.keypoints, params.skeleton, params.layers, drawing)
    return find_skeleton(drawing, asked.is_person)


def begin(params: Params, puppet: Puppet, asked: Asked, run: Run) -> Start:
    """Motions to choose among; none but standing still where only the skeleton is wanted."""
    if params.only_keypoints:
        return Start((still(puppet, 1),))
    run.report(0.2, "Moving the keypoints")
    takes = 1 if params.preset == "draft" else WAYS
    timing = Timing(params.frames, float(params.fps), params.seed, params.amount, takes)
    return start_motion(asked, puppet.skeleton, puppet.drawing, timing, load_models())


def ease(puppet: Puppet, judged: Judged) -> Judged:
    """The motion, less of it where the drawing would fold, which a note tells."""
    tracks, kept = eased(puppet, judged.tracks)
    if kept == 1:
        return judged
    told = f"Some limbs move {1 - kept:.0%} less than they were to: the drawing would have folded."
    return replace(judged, tracks=tracks, notes=(*judged.notes, told))


def about(params: Params, drawing: Drawing, judged: Judged, notes: tuple[str, ...]) -> About:
    provenance = {
        "caption": params.caption,
        "drawing": params.drawing.name,
        "preset": params.preset,
        "seed": str(params.seed),
        "system": "clipart",
        "version": __version__,
        "prior": judged.prior,
        "motion": judged.model,
    }
    name = params.caption.strip() or drawing.name
    return About(name[:60], float(params.fps), tuple(dict.fromkeys(notes)), provenance)


def summary(params: Params, puppet: Puppet, watch: Stopwatch, judged: Judged) -> Summary:
    tracks = judged.tracks
    steps = np.linalg.norm(np.diff(tracks, axis=0, append=tracks[:1]), axis=2)
    facts = {
        "drawing": {
            "name": params.drawing.name,
            "shapes": len(puppet.drawing.shapes),
            "layers": [layer.name for layer in puppet.sheets],
            "keypoints": len(puppet.skeleton.points),
            "is_person": puppet.skeleton.is_person,
        },
        "frames": len(tracks),
        "fps": params.fps,
        "prior": judged.prior,
        "motion": judged.model,
        "mean_path": round(float(steps.sum(0).mean()), 2),
    }
    scores = judged.scores
    return Summary(
        {"caption": params.caption}, params.seed, params.preset, facts, watch.seconds, scores
    )


def look(params: Params) -> Look:
    return Look(params.size, params.background)
