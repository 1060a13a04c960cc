# SPDX-License-Identifier: Apache-2.0
"""The wardrobe as data: where each garment is cut, how far it stands off, what is sewn on.

Written in the words of `design`. A new garment is a new entry in `GARMENTS`.
"""

from __future__ import annotations

from .design import Cut, Edge, Flare, Garment, Piece, Plane, Sole, Taper


def above(field: str, value: float) -> Cut:
    return Cut((Plane(((field, 1.0),), -value),))


def below(field: str, value: float) -> Cut:
    return Cut((Plane(((field, -1.0),), value),))


def _neck(height: float, *, vee: float = 0.0) -> Cut:
    """A neckline: the front is lower than the nape; `vee` deepens its middle."""
    return Cut((Plane((("z", -0.86), ("y", 0.51), ("bow", 1.0), ("ax", vee)), 0.86 * height),))


def _neck_taper(cut: Cut, low: float = 0.45) -> Taper:
    return Taper(cut.planes[0], 0.09, low)


def _vee(depth: float) -> Cut:
    """A V from the sides of the neck down to the height `depth`, in front only."""
    slope = 0.060 / (1.447 - depth)
    front = Plane((("ax", 1.0), ("z", -slope)), slope * depth - 0.012)
    return Cut((front, Plane((("y", 1.0),), 0.0)))


CREW = _neck(1.424)
SCOOP = _neck(1.378)
LAPEL = _vee(1.101)
VEE = _vee(1.315)

# The crotch hangs a little; legs of briefs rise to the hip.
LEG_OPENING = Cut((Plane((("z", 0.83), ("ax", -0.56)), -0.622),))
FRONT_GAP = Cut((Plane((("ax", 1.0),), -0.012), Plane((("y", 1.0),), -0.02)))

# A shirt collar: up the neck, folded over, down outside.
COLLAR = ((0.0, 0.002), (0.016, 0.003), (0.030, 0.005), (0.034, 0.010), (0.028, 0.015),
          (0.006, 0.017), (-0.012, 0.018), (-0.012, 0.015))  # fmt: skip
LAPELS = ((0.002, 0.001), (0.003, 0.004), (0.0, 0.007), (-0.015, 0.009), (-0.034, 0.009),
          (-0.048, 0.008), (-0.052, 0.006), (-0.052, 0.003))  # fmt: skip
LAPEL_RANGE = (
    Plane((("z", 1.0),), -1.092),
    Plane((("y", -1.0),), 0.0),
    Plane((("ax", -1.0),), 0.19),
)


TSHIRT = Garment(
    "tshirt",
    "cotton",
    layer=30,
    pieces=(
        Piece(
            "helper-tights",
            (CREW, below("sleeve", 0.158), above("z", 0.854)),
            offset=0.011,
            smoothing=5,
            taper=(_neck_taper(CREW, 0.4),),
            flare=(Flare(Plane((("sleeve", 1.0),), -0.02), 0.05),),
        ),
    ),
)
TOP = Garment(
    "top",
    "cotton",
    layer=11,
    pieces=(
        Piece(
            "helper-tights",
            (SCOOP, below("sleeve", -0.005), above("z", 1.107)),
            offset=0.004,
            smoothing=2,
            thickness=0.002,
            hide_margin=0.025,
        ),
    ),
)
BRIEFS = Garment(
    "briefs",
    "cotton",
    layer=10,
    pieces=(
        Piece(
            "helper-tights",
            (below("z", 0.949), LEG_OPENING),
            offset=0.004,
            smoothing=2,
            thickness=0.002,
            hide_margin=0.025,
        ),
    ),
)
TROUSERS = Garment(
    "trousers",
    "cotton",
    layer=20,
    pieces=(
        Piece(
            "helper-tights",
            (below("z", 0.981), above("z", 0.052)),
            offset=0.009,
            smoothing=4,
            taper=(Taper(Plane((("z", -1.0),), 0.981), 0.12, 0.5),),
            flare=(Flare(Plane((("leg_down", 1.0),), -0.28), 0.026, ease=0.1),),
        ),
    ),
)
JACKET = Garment(
    "jacket",
    "wool",
    layer=50,
    pieces=(
        Piece(
            "helper-tights",
            (CREW, LAPEL, FRONT_GAP, below("sleeve", 0.467), above("z", 0.827)),
            offset=0.021,
            smoothing=6,
            taper=(_neck_taper(CREW, 0.55),),
            edges=(
                Edge(COLLAR, (Plane((("y", 1.0), ("z", 0.5)), -0.659),), 0.04, upright=0.6),
                Edge(LAPELS, LAPEL_RANGE, 0.08),
            ),
        ),
    ),
    forms=("buttons",),
)
SKIRT = Garment(
    "skirt",
    "cotton",
    layer=35,
    pieces=(
        Piece(
            "helper-skirt",
            (below("z", 0.990), above("z", 0.502)),
            offset=0.008,
            smoothing=2,
            flare=(Flare(Plane((("z", -1.0),), 0.94), 0.16, folds=14, depth=0.035),),
            clings=1.0,
            hide_margin=0.11,
        ),
    ),
)
DRESS = Garment(
    "dress",
    "cotton",
    layer=36,
    pieces=(
        Piece(
            "helper-tights",
            (SCOOP, below("sleeve", 0.05), above("z", 0.944)),
            offset=0.008,
            smoothing=4,
            taper=(_neck_taper(SCOOP, 0.6),),
        ),
        Piece(
            "helper-skirt",
            (below("z", 0.990), above("z", 0.474)),
            offset=0.0095,
            smoothing=2,
            flare=(Flare(Plane((("z", -1.0),), 0.958), 0.22, folds=16, depth=0.04),),
            clings=1.0,
            hide_margin=0.11,
        ),
    ),
)
ROBE = Garment(
    "robe",
    "wool",
    layer=60,
    pieces=(
        Piece(
            "helper-tights",
            (CREW, VEE, below("sleeve", 0.44), above("z", 0.944)),
            offset=0.017,
            smoothing=6,
            taper=(_neck_taper(CREW, 0.6),),
            flare=(Flare(Plane((("sleeve", 1.0),), -0.06), 0.16, ease=0.15),),
        ),
        Piece(
            "helper-skirt",
            (below("z", 0.990), above("z", 0.094)),
            offset=0.019,
            smoothing=2,
            flare=(Flare(Plane((("z", -1.0),), 0.958), 0.09, folds=12, depth=0.03),),
            clings=1.0,
            hide_margin=0.11,
        ),
    ),
)
SHOES = Garment(
    "shoes",
    "leather",
    layer=15,
    pieces=(
        Piece(
            "helper-tights",
            (Cut((Plane((("z", -1.0), ("y", -0.22), ("bow", -0.0)), 0.078),)),),
            offset=0.006,
            smoothing=10,
            thickness=0.005,
        ),
    ),
    sole=Sole(height=0.021, arch=0.004, welt=0.010),
)
BOOTS = Garment(
    "boots",
    "leather",
    layer=40,
    pieces=(
        Piece(
            "helper-tights",
            (below("z", 0.337),),
            offset=0.009,
            smoothing=10,
            thickness=0.004,
            flare=(Flare(Plane((("z", 1.0),), -0.2), 0.05, ease=0.1),),
        ),
    ),
    sole=Sole(height=0.027, arch=0.015, welt=0.011),
)
GLOVES = Garment(
    "gloves",
    "leather",
    layer=55,
    pieces=(
        Piece(
            "body",
            (above("sleeve", 0.43),),
            offset=0.003,
            smoothing=1,
            thickness=0.002,
            flare=(Flare(Plane((("sleeve", -1.0),), 0.485), 0.12),),
            refine=False,
        ),
    ),
)
HAT = Garment("hat", "felt", layer=70, forms=("hat",))
HELMET = Garment("helmet", "metal", layer=71, forms=("helmet",))
BELT = Garment(
    "belt",
    "leather",
    layer=65,
    pieces=(
        Piece(
            "helper-tights",
            (below("z", 0.990), above("z", 0.953)),
            offset=0.012,
            smoothing=6,
            thickness=0.003,
        ),
    ),
    forms=("buckle",),
    flatten=0.75,
)

GARMENTS: dict[str, Garment] = {
    garment.name: garment
    for garment in (
        TSHIRT, JACKET, TROUSERS, SKIRT, DRESS, ROBE, SHOES, BOOTS, GLOVES, HAT, HELMET, BELT,
        BRIEFS, TOP,
    )
}  # fmt: skip
