# SPDX-License-Identifier: Apache-2.0
"""The betas whose body is as tall and as heavy as asked, by bounded least squares."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares

from .model import BETAS, Floats, SmplModel, measure

FARTHEST = 5.0
"""Standard deviations from the mean that no beta leaves."""
NEAR = 0.005
"""Share of the height, and twice that of the mass, that counts as met."""
_CALM, _RARE, _STRANGE = 2e-3, 2e-2, 3.0
"""How much a beta weighs against a share of height or mass, and how much more when it is strange:
the plainest body that does is chosen, and none that stops looking like one."""
_HEIGHT_COUNTS = 2.0


@dataclass(frozen=True, eq=False)
class Fit:
    """Betas (BETAS,) and what the body made of them measures."""

    betas: Floats
    height_m: float
    mass_kg: float

    def meets(self, height_m: float, mass_kg: float) -> bool:
        is_tall = abs(self.height_m / height_m - 1) < NEAR
        return is_tall and abs(self.mass_kg / mass_kg - 1) < 2 * NEAR


def fit(model: SmplModel, height_m: float, mass_kg: float) -> Fit:
    """The body nearest to both measures within the betas' range."""
    wanted, counts = np.array([height_m, mass_kg]), np.array([_HEIGHT_COUNTS, 1.0])

    def misses(betas: Floats) -> Floats:
        shares = np.array(measure(model, betas)) / wanted - 1
        plain = _CALM * betas + _RARE * (betas / _STRANGE) ** 3
        return np.concatenate([counts * shares, plain])

    found = least_squares(
        misses, np.zeros(BETAS), bounds=(-FARTHEST, FARTHEST), diff_step=1e-3, max_nfev=15
    )
    return Fit(found.x, *measure(model, found.x))
