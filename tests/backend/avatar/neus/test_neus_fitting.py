# SPDX-License-Identifier: Apache-2.0
"""Networks become the template, in seconds and to less than a millimetre."""

from __future__ import annotations

from dataclasses import replace

import neus_figures as figures
import numpy as np
import pytest
import torch
import trimesh

from kinora.backend.avatar.neus.fitting import (
    Fit,
    fit_template,
    learn_template,
    measured,
    on_surface,
)
from kinora.backend.avatar.neus.frames import Inner, brought_in
from kinora.backend.avatar.neus.networks import Networks, build
from kinora.backend.avatar.neus.reading import SMALL, shipped


def inner(mesh: trimesh.Trimesh) -> Inner:
    return brought_in(figures.template(mesh), 0.65)


def error(networks: Networks, template: Inner) -> float:
    """The mean distance, in millimetres of the world, at fresh points of the surface."""
    places = on_surface(template, 4000, torch.Generator().manual_seed(99))
    with torch.no_grad():
        return float(networks.sdf.distance(places).abs().mean()) / template.frame.scale * 1000


def test_distances_are_those_of_another_program() -> None:
    pytest.importorskip("embreex")
    template = inner(trimesh.creation.capsule(height=1.0, radius=0.2, count=(16, 16)))
    known = measured(template, 3000, torch.Generator().manual_seed(0))
    mesh = trimesh.Trimesh(template.vertices.numpy(), template.triangles.numpy(), process=False)
    assert (mesh.contains(known.place.numpy()) == (known.distance < 0).numpy()).mean() > 0.999
    for place, distance in list(zip(known.place.numpy(), known.distance, strict=True))[::100]:
        each = np.broadcast_to(place, (len(mesh.faces), 3))
        closest = trimesh.triangles.closest_point(mesh.triangles, each)
        expected = np.linalg.norm(closest - each, axis=1).min()
        assert abs(float(distance)) == pytest.approx(expected, abs=2e-4)


def test_the_distance_of_a_sphere_is_known() -> None:
    template = inner(trimesh.creation.icosphere(subdivisions=4, radius=1.0))
    known = measured(template, 4000, torch.Generator().manual_seed(0))
    radius = float(template.vertices.norm(dim=1).mean())
    torch.testing.assert_close(known.distance, known.place.norm(dim=1) - radius, atol=3e-3, rtol=0)


def test_the_fit_is_exact_to_a_millimetre() -> None:
    template = inner(trimesh.creation.icosphere(subdivisions=4, radius=0.8))
    networks = build(shipped(SMALL).model, 0)
    before = error(networks, template)
    fit_template(networks, template, Fit(steps=200, batch=1024, points=20_000), 0)
    assert before > 20
    assert error(networks, template) < 1.0


def test_the_fit_paints_head_1_with_the_published_light() -> None:
    template = inner(figures.sphere())
    networks = build(shipped(SMALL).model, 0)
    fit_template(networks, template, Fit(steps=80, batch=1024, points=8000), 0)
    top, bottom = (torch.tensor([[0.0, sign, 0]]) * 0.8 for sign in (1, -1))
    with torch.no_grad():
        features = [networks.sdf(place)[:, 1:] for place in (top, bottom)]
        bright, dark = (
            networks.color(place, place / 0.8, place, feature)[0].mean()
            for place, feature in zip((top, bottom), features, strict=True)
        )
    assert float(bright) > 0.85 and float(dark) < 0.65


def test_the_fit_follows_from_the_seed() -> None:
    template, found = inner(figures.sphere()), []
    for _ in range(2):
        networks = build(figures.tiny_config().model, 4)
        fit_template(networks, template, replace(figures.TINY_FIT, steps=5), 4)
        found.append(networks.sdf.get_parameter("lin1.weight_v").detach().clone())
    assert torch.equal(*found)


def test_learning_from_pictures_comes_nearer_too() -> None:
    """The published way, a few steps of it."""
    template = inner(figures.sphere(0.6))
    config = figures.tiny_config()
    config = replace(config, train=replace(config.train, batch_size=256, learning_rate=2e-3))
    networks = build(config.model, 0)
    before = error(networks, template)
    learn_template(networks, template, config, 25)
    assert error(networks, template) < 0.7 * before
