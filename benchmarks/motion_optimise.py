# SPDX-License-Identifier: Apache-2.0
"""What optimising a motion takes and brings: seconds, and its figures before and after.

    python benchmarks/motion_optimise.py [--device cuda] [--steps 120] [--starts 1] [--prior FILE]

The body is the one that the motion model was learnt on. "plain" is the closed form with settled
feet; "bare" optimises without a prior. The first line is the budget: 60 frames with all losses.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from kinora.backend.kit.motion import clips, feet, key_poses
from kinora.backend.kit.motion.model import Manner, load_model, perform_learnt
from kinora.backend.kit.motion.optimise.optimise import optimise
from kinora.backend.kit.motion.optimise.task import Optimised, Plan, Task
from kinora.backend.kit.motion.performance import Performance
from kinora.backend.kit.motion.posture import Body
from kinora.backend.kit.motion.prior.prior import WEIGHTS, MotionPrior, load_own
from kinora.shared.skeleton import INDEX, JOINTS
from kinora.shared.steering import KeyedPose, Pin, Steering, Waypoint
from kinora.shared.steering import Path as Way

FIGURES = ("slide", "sunk", "jerk", "limits", "touch")
UNITS = "slide cm/s, sunk mm, jerk m/s3, limits degrees, touch mm"


@dataclass(frozen=True)
class Case:
    name: str
    task: Task


def learnt_body() -> Body:
    """The motion model's body, its soles drawn by rule of thumb, for it has no mesh."""
    offsets = load_model().rest_offsets
    ahead, aside = np.array([0.0, -1.0, 0.0]), np.array([1.0, 0.0, 0.0])
    ankle, ball = clips.SOURCE_ANKLE, 0.02
    heel = np.array([[0.0, 0.05, -ankle]] * 2)
    tips = np.array([[0.07 * ahead + side * aside - [0, 0, ball] for side in (-0.03, 0, 0.03)]] * 2)
    corners = [
        reach * ahead + side * aside - [0, 0, ankle]
        for reach in (0.13, -0.04)
        for side in (-0.04, 0.04)
    ]
    soles = feet.Soles(heel, tips, np.array([ball] * 2), np.array([corners] * 2))
    return Body(offsets, soles, None)


def cases(body: Body) -> Iterator[Case]:
    def task(start: Performance, **wishes: object) -> Task:
        return Task(start, body, **wishes)  # type: ignore[arg-type]

    walk = perform_learnt(load_model(), "walk", Manner(seconds=4.0), 1)
    idle = key_poses.perform_keys(key_poses.read_key_motions()["idle"], body, Manner(), 1)
    wave = key_poses.perform_keys(key_poses.read_key_motions()["wave"], body, Manner(), 1)
    jump = perform_learnt(load_model(), "jump", Manner(), 1)
    tucked, waving = (pose_of(one, len(one.root) // 2) for one in (jump, wave))
    curve = tuple((1.2 * np.sin(t), -1.1 * t) for t in np.linspace(0, 2 * np.pi, 80))
    everything = Steering(
        path=Way(curve),
        waypoints=(Waypoint(1.5, curve[22], None),),
        poses=(KeyedPose({joint: waving[INDEX[joint]] for joint in JOINTS[12:]}, 0.6),),
        pins=(Pin("left_wrist", 1.1, 1.4, ((0.75, -1.5, 1.1), (0.95, -1.9, 1.1))),),
    )
    yield Case(
        "all losses",
        task(
            shortened(walk, 60),
            steering=everything,
            anywhere=((np.array(waving), 1.0),),
            seconds=2.0,
        ),
    )
    yield Case("walk on a curve", task(walk, steering=Steering(path=Way(curve))))
    ways = (Waypoint(2.5, (0.8, -2.2), 30.0), Waypoint(5.0, (2.5, -3.0), 90.0))
    yield Case("walk by waypoints", task(walk, steering=Steering(waypoints=ways)))
    low = Pin("right_wrist", 1.0, 3.0, ((-0.3, -0.45, 0.3),))
    yield Case("reach for the floor", task(idle, steering=Steering(pins=(low,))))
    keys = (KeyedPose(dict(zip(JOINTS, tucked, strict=True)), 1.5, 1.2),)
    yield Case("keyed jump", task(idle, steering=Steering(poses=keys)))


def pose_of(performance: Performance, frame: int) -> list[tuple[float, float, float, float]]:
    return [tuple(float(part) for part in turn) for turn in performance.rotations[frame]]  # type: ignore[misc]


def shortened(start: Performance, frames: int) -> Performance:
    return Performance(start.rotations[:frames], start.root[:frames], start.contacts[:frames])


def timed(task: Task, prior: MotionPrior | None, plan: Plan) -> tuple[Optimised, float, float]:
    """The result, and seconds of the first and of the second time."""
    taken = []
    for _ in range(2):
        begun = time.perf_counter()
        found = optimise(task, prior, plan)
        taken.append(time.perf_counter() - begun)
    return found, taken[0], taken[1]


def row(name: str, way: str, seconds: str, figures: Mapping[str, float]) -> str:
    told = " ".join(f"{figures[figure]:8.2f}" for figure in FIGURES)
    return f"{name:20} {way:8} {seconds:>13} {told}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--steps", type=int, default=120)
    parser.add_argument("--starts", type=int, default=1)
    parser.add_argument("--prior", type=Path, default=WEIGHTS)
    parser.add_argument("--threads", type=int, default=2)
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    prior = load_own(asked.prior, asked.device) if asked.prior.is_file() else None
    plan = Plan(asked.steps, asked.starts, is_thorough=True, device=asked.device)
    told = "with a prior" if prior else "without a prior"
    tell(f"{asked.device}, {asked.steps} steps, {asked.starts} starts, {told}")
    tell(f"{'':20} {'':8} {'first/again s':>13} " + " ".join(f"{name:>8}" for name in FIGURES))
    for case in cases(learnt_body()):
        for line in lines(case, prior, plan):
            tell(line)
    tell(UNITS)


def lines(case: Case, prior: MotionPrior | None, plan: Plan) -> Iterator[str]:
    ways = [("bare", None, plan)]
    if prior is not None:
        ways += [("prior", prior, plan)]
        ways += [("4 starts", prior, replace(plan, starts=4))] if plan.starts == 1 else []
    for number, (way, used, how) in enumerate(ways):
        found, first, again = timed(case.task, used, how)
        if not number:
            frames = f"{len(found.performance.root)} frames"
            yield row(case.name, "plain", frames, found.before)
        yield row("", way, f"{first:.2f}/{again:.2f}", found.after)


def tell(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
