# SPDX-License-Identifier: Apache-2.0
"""Three sentences become a character: read words, make a body, dress it, move it, write files.

The stages are AvatarCLIP's (coarse shape, appearance, motion) in their first, embedded version.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ...shared import __version__
from ...shared.results import Character, MotionResult, Result
from ..kit.body import BodyModel, load_body_model, make_body
from ..kit.encoders.published import EMBEDDED_ENCODER
from ..kit.motion import MODEL_NAME as MOTION_MODEL
from ..kit.stopwatch import Stopwatch
from ..kit.text import SentenceEncoder, load_sentence_encoder
from ..system import Run
from .as_published import sculpted_as_published
from .cast import Cast, cast, other_body
from .certainty import Certainty, certainty, load_known
from .coarse import coarse_mesh
from .continuing import Earlier, go_on, notes_on, same_body
from .dress import Dressed, dress
from .files import Summary, write_files
from .moving import Moving, read_motion
from .offering import offered, pose_library
from .options import check_options
from .outfit import Outfit, hands_that_hold, read_outfit
from .params import Params
from .ranking.stage import Judged, judged
from .sculpting import Refined, Rest, Worn, refined
from .shape import ShapeReading, read_shape
from .sway import simulate
from .texture_size import fitting_size, free_memory


@dataclass(frozen=True)
class Models:
    body: BodyModel
    encoder: SentenceEncoder


@functools.cache
def load_models() -> Models:
    return Models(load_body_model(), load_sentence_encoder())


def preload(device: str) -> None:
    """Bring into memory what every job needs, ahead of the first one."""
    load_models()
    load_known()


def run(params: Params, run: Run) -> Result:
    """Make a `Character` of the prompts, or a `MotionResult` where only a motion is asked for.

    Leaves the files of design section 5 in `run.folder`.
    """
    check_options(params)
    asked = params
    params, earlier = go_on(asked, run)
    watch = Stopwatch()
    run.report(0.0, "Loading the embedded models")
    with watch.stage("load"):
        models = load_models()
    run.report(0.05, "Reading the prompts")
    with watch.stage("read"):
        shape, outfit = read_words(params, models, earlier)
        sure = read_certainty(params, models)
        heard = read_change(asked, earlier, (shape, outfit), models)
    with watch.stage("likeness"):
        seen = look_at_body(shape, params, earlier, run)
    run.report(0.06, "Shaping the body")
    with watch.stage("shape"):
        body = make_body(models.body, seen.reading.parameters)
        other = other_body(params.body, seen.reading)
    run.report(0.08, "Sewing and painting the clothes")
    with watch.stage("appearance"):
        size, fitted = fitting_size(params.texture_size, params.preset, free_memory())
        dressed = dress(models.body, body, outfit, size, params.seed)
        played = cast(Cast(models.body, body, dressed), other, seen.reading, size)
    with watch.stage("sculpt"):
        worn = Worn(played.dressed, played.model, played.body, outfit)
        looked = refine_looks(worn, params, run, earlier)
        dressed = looked.dressed
    if looked.scores:
        run = Rest(run)
    run.report(0.2, "Moving the body", coarse_mesh(dressed.meshes))
    with watch.stage("motion"):
        own = for_motion(params, asked)
        moving = read_motion(own, models.encoder, played, hands_that_hold(outfit), run.device)
    doubts = sure.notes(params.preset == "draft") if sure else ()
    notes = (
        *heard,
        *(() if is_motion_alone(params) else shape.notes),
        *seen.notes,
        *outfit.notes,
        *fitted,
        *played.notes,
        *looked.notes,
        *doubts,
    )
    character = assemble(params, played, dressed, moving, notes)
    with watch.stage("candidates"):
        character = with_candidates(character, moving.doing, params, run.device)
    character.check()
    with watch.stage("files"):
        scores = {**seen.scores, **({"appearance": looked.scores} if looked.scores else {})}
        facts = summary(params, played, watch, scores, sure)
        write_files(character, result_of(params, character), facts, run)
    run.report(1.0, "Done")
    return result_of(params, character)


def prompts(params: Params) -> dict[str, str]:
    return {
        "shape": params.shape_prompt,
        "appearance": params.appearance_prompt,
        "motion": params.motion_prompt,
    }


def is_motion_alone(params: Params) -> bool:
    return not params.shape_prompt.strip() and not params.appearance_prompt.strip()


def read_words(
    params: Params, models: Models, earlier: Earlier | None = None
) -> tuple[ShapeReading, Outfit]:
    """What the prompts say of body and clothes; a motion alone is shown on a neutral body.

    The body of an earlier job stays where the new words say nothing of it.
    """
    hints = params.appearance_prompt
    if earlier is not None and earlier.keeps_body:
        hints = earlier.prompts["appearance"]
    shape = read_shape(params.shape_prompt, models.encoder, params.seed, hints=hints)
    if earlier is not None and earlier.keeps_body:
        shape = same_body(shape, earlier)
    return shape, read_clothes(params.appearance_prompt, params, shape, models)


def read_clothes(prompt: str, params: Params, shape: ShapeReading, models: Models) -> Outfit:
    return read_outfit(prompt, shape, models.encoder, params.seed, hints=params.shape_prompt)


def read_change(
    asked: Params, earlier: Earlier | None, read: tuple[ShapeReading, Outfit], models: Models
) -> tuple[str, ...]:
    """What there is to tell of the sentence that changes an earlier job."""
    if earlier is None:
        return ()
    shape, outfit = read
    told = replace(asked, shape_prompt=earlier.prompts["shape"], seed=earlier.seed)
    before = read_clothes(earlier.prompts["appearance"], told, shape, models)
    return notes_on(asked, earlier, before, outfit)


def refine_looks(worn: Worn, params: Params, run: Run, earlier: Earlier | None) -> Refined:
    """The dressed character as its preset works on it; a new motion leaves the looks alone."""
    if params.preset == "published" and params.works_on != "motion":
        return sculpted_as_published(worn, params, run)
    return refined(worn, params, run, earlier.state if earlier else None)


def look_at_body(shape: ShapeReading, params: Params, earlier: Earlier | None, run: Run) -> Judged:
    """The body as an encoder likes it; that of an earlier job was looked at then."""
    if earlier is not None and earlier.keeps_body:
        return Judged(shape)
    return judged(shape, params.shape_prompt, params.encoder, params.preset, run)


def read_certainty(params: Params, models: Models) -> Certainty | None:
    """How sure the embedded encoder is of the words on looks; None where another one judges."""
    if params.encoder != EMBEDDED_ENCODER:
        return None
    words = (params.shape_prompt, params.appearance_prompt)
    return certainty(words, load_known(), models.encoder)


def for_motion(params: Params, asked: Params) -> Params:
    """A new motion of a character that there is has a seed of its own beside that of the looks."""
    return replace(params, seed=asked.seed) if asked.works_on == "motion" else params


def with_candidates(
    character: Character, doing: Sequence[str], params: Params, device: str
) -> Character:
    """The character with poses to choose from, where its words say what is done."""
    if not doing:
        return character
    library = pose_library(params.encoder, device, load_models().encoder)
    return replace(character, candidates=offered(doing, character, library))


def assemble(
    params: Params, played: Cast, dressed: Dressed, moving: Moving, notes: tuple[str, ...]
) -> Character:
    said = [text.strip() for text in prompts(params).values() if text.strip()]
    sway = simulate(dressed.rig, dressed.chains, dressed.capsules, moving.motion)
    return Character(
        name=(said or [moving.motion.name])[0][:60],
        meshes=dressed.meshes,
        materials=dressed.materials,
        rig=dressed.rig,
        height_m=played.body.height_m,
        motion=moving.motion,
        notes=(*notes, *moving.notes),
        provenance=provenance(params, played.title),
        sway=sway,
        takes=moving.takes,
    )


def provenance(params: Params, body: str = "Anny") -> dict[str, str]:
    """Which words, seed and models made a result; travels with it into every file."""
    return {
        **{f"{name}_prompt": text for name, text in prompts(params).items()},
        "preset": params.preset,
        "seed": str(params.seed),
        "system": "avatar",
        "version": __version__,
        "body": body,
        "clothes": "none" if params.preset == "published" else "procedural wardrobe",
        "text": "all-MiniLM-L6-v2",
        "encoder": params.encoder,
        "motion": params.motion_file.name if params.motion_file else MOTION_MODEL,
        **({"continues": str(params.continue_job)} if params.continue_job else {}),
    }


def result_of(params: Params, character: Character) -> Character | MotionResult:
    """What the user asked for: a character, or the motion of one that there is already, or the
    motion that the neutral body shows."""
    is_anew = params.works_on == "motion"
    if character.motion is None or not (is_anew or is_motion_alone(params)):
        return character
    return MotionResult(
        character.motion,
        character.rig,
        character.notes,
        dict(character.provenance),
        character.takes,
        character.candidates,
        character.sway,
    )


def summary(
    params: Params,
    played: Cast,
    watch: Stopwatch,
    scores: Mapping[str, Any],
    sure: Certainty | None,
) -> Summary:
    return Summary(
        system="avatar",
        version=__version__,
        prompts=prompts(params),
        seed=params.seed,
        preset=params.preset,
        encoder=params.encoder,
        body={
            "model": played.title,
            "parameters": dict(played.phenotypes),
            "height_m": played.body.height_m,
            "mass_kg": played.body.mass_kg,
            **played.facts,
        },
        timings_s=watch.seconds,
        scores=scores,
        confidence=None if sure is None else round(sure.value, 3),
    )
