# SPDX-License-Identifier: Apache-2.0
"""Whole jobs on development drawings: the clip, its files, the user's own skeleton, honest ends."""

import io
import json
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from kinora.backend.clipart.params import Params
from kinora.backend.clipart.pipeline import run
from kinora.shared.errors import JobCancelledError, MissingWeightsError
from kinora.shared.keypoints_file import from_json, to_json
from kinora.shared.results import Media, VectorClip

DRAWINGS = Path(__file__).parents[2] / "data" / "drawings"


class Job:
    device = "cpu"

    def __init__(self, folder: Path, ends_at: str = "") -> None:
        self.folder = self.checkpoint = folder
        self.ends_at = ends_at
        self.notes: list[str] = []

    def report(self, fraction: float, note: str, preview: object = None) -> None:
        self.notes.append(note)
        if note == self.ends_at:
            raise JobCancelledError("The job was cancelled.")

    def check_cancelled(self) -> None: ...

    def stops(self) -> bool:
        return False


def asked(name: str, caption: str, **options: object) -> Params:
    drawing = Media.of(f"{name}.svg", (DRAWINGS / f"{name}.svg").read_bytes())
    return Params(drawing, caption, **{"frames": 12, "size": 128, **options})


@pytest.fixture(scope="module")
def fish(tmp_path_factory) -> tuple[VectorClip, Path]:
    folder = tmp_path_factory.mktemp("fish")
    return run(asked("fish", "a fish is swimming"), Job(folder)), folder


@pytest.fixture(scope="module")
def man(tmp_path_factory) -> tuple[VectorClip, Path]:
    folder = tmp_path_factory.mktemp("man")
    return run(asked("person_standing", "a man waves his hand"), Job(folder)), folder


def test_a_fish_swims_and_the_loop_closes(fish):
    clip, _ = fish
    clip.check()
    assert not clip.is_person and len(clip.keypoints) == 12
    steps = np.linalg.norm(np.diff(clip.keypoints, axis=0, append=clip.keypoints[:1]), axis=2)
    assert steps.sum(0).mean() > 6
    assert steps[-1].max() <= 1.6 * steps[:-1].max()


def test_a_man_waves_with_limbs_that_are_never_longer_than_they_are_drawn(man):
    clip, _ = man
    assert clip.is_person and clip.keypoint_names[5] == "left_wrist"
    rest = np.linalg.norm(np.diff(clip.rest_keypoints[clip.bones], axis=1)[:, 0], axis=1)
    long = np.linalg.norm(np.diff(clip.keypoints[:, clip.bones], axis=2)[:, :, 0], axis=2)
    assert (long <= 1.02 * rest + 0.1).all()
    way = np.linalg.norm(np.diff(clip.keypoints, axis=0), axis=2).sum(0)
    arms, feet = way[[5, 6]].max(), way[[11, 12]].max()
    assert arms > 10 > feet


def test_the_files_are_all_there_and_listed(fish):
    clip, folder = fish
    files = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    summary = json.loads((folder / "result.json").read_bytes())
    assert set(summary["files"]) == files - {"result.json"}
    frames = {f"frames/{n:04}.svg" for n in range(1, 13)}
    films = {"clip.svg", "clip.mp4", "clip.webp", "clip.gif", "preview.png", "keypoints.json"}
    assert frames | films <= files
    with av.open(folder / "clip.mp4") as film:
        assert sum(1 for _ in film.decode(video=0)) == 12
    with Image.open(folder / "clip.webp") as film:
        assert film.n_frames == 12 and film.convert("RGBA").getextrema()[3][0] == 0
    assert summary["drawing"]["keypoints"] == len(clip.rest_keypoints)


def test_the_first_picture_of_a_still_clip_is_the_drawing(tmp_path):
    clip = run(asked("flower_pot", "", only_keypoints=True), Job(tmp_path))
    assert len(clip.keypoints) == 1
    assert not list(tmp_path.glob("clip.*"))
    np.testing.assert_allclose(clip.keypoints[0], clip.rest_keypoints, atol=1e-4)
    assert from_json((tmp_path / "keypoints.json").read_bytes()).names == clip.keypoint_names


def test_keypoints_that_are_moved_and_given_back_are_taken(tmp_path, fish):
    _, folder = fish
    file = from_json((folder / "keypoints.json").read_bytes())
    first, *others = file.points
    moved = replace(file, points=(replace(first, x=first.x + 3), *others))
    given = Media.of("keypoints.json", to_json(moved).encode())
    clip = run(asked("fish", "a fish is swimming", keypoints=given), Job(tmp_path))
    np.testing.assert_allclose(clip.rest_keypoints, moved.places, atol=0.01)


def test_aniclipart_s_files_are_read_back(tmp_path, fish):
    _, folder = fish
    own = {path.name: path.read_bytes() for path in (folder / "aniclipart").iterdir()}
    named = {
        "keypoints": "fish_keypoint_scaled.svg",
        "skeleton": "fish_skeleton.txt",
        "layers": "fish_layer.json",
    }
    given = {option: Media.of(name, own[name]) for option, name in named.items()}
    clip = run(asked("fish", "", only_keypoints=True, **given), Job(tmp_path))
    np.testing.assert_allclose(clip.rest_keypoints, fish[0].rest_keypoints, atol=0.1)
    assert len(clip.layers) == len(fish[0].layers)


def test_the_same_request_gives_the_same_clip(tmp_path, fish):
    again = run(asked("fish", "a fish is swimming"), Job(tmp_path))
    np.testing.assert_array_equal(again.keypoints, fish[0].keypoints)
    assert (tmp_path / "clip.svg").read_bytes() == (fish[1] / "clip.svg").read_bytes()


def test_the_embedded_prior_works_on_the_best_start(tmp_path, monkeypatch):
    from kinora.backend.clipart import refining

    monkeypatch.setitem(refining.STEPS, "standard", 2)
    clip = run(asked("fish", "a fish is swimming", preset="standard"), Job(tmp_path))
    scores = json.loads((tmp_path / "result.json").read_bytes())["scores"]
    assert len(scores["candidates"]) == 3
    assert scores["refined"][scores["kept"]] >= max(scores["candidates"]) - 1e-3
    assert clip.provenance["prior"] != "none"


@pytest.mark.parametrize("prior", ["modelscope", "animatediff"])
def test_a_published_prior_that_is_not_there_is_missed_in_words(tmp_path, data, prior):
    folder = tmp_path / "job"
    folder.mkdir()
    params = asked("fish", "a fish is swimming", preset="published", prior=prior)
    with pytest.raises(MissingWeightsError, match="kinora models add"):
        run(params, Job(folder))
    assert not list(folder.iterdir())


def test_a_cancelled_job_leaves_nothing(tmp_path):
    with pytest.raises(JobCancelledError):
        run(asked("fish", "a fish swims"), Job(tmp_path, "Filming"))
    assert not list(tmp_path.iterdir())


def test_a_picture_with_alpha_is_animated_too(tmp_path, fish):
    from kinora.backend.clipart.delivery.films import draw

    svg = (fish[1] / "frames" / "0001.svg").read_text()
    file = io.BytesIO()
    Image.fromarray(draw(svg, 300)).save(file, "PNG")
    params = replace(
        asked("fish", "a fish is swimming"), drawing=Media.of("fish.png", file.getvalue())
    )
    clip = run(params, Job(tmp_path))
    assert any("traced" in note for note in clip.notes)
    assert np.linalg.norm(np.diff(clip.keypoints, axis=0), axis=2).sum(0).mean() > 6
