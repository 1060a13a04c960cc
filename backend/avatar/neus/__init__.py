# SPDX-License-Identifier: Apache-2.0
"""AvatarCLIP's appearance stage as published (Hong et al. 2022): the fast presets' yardstick.

Inside, y is up, the figure faces +z and stands in the unit sphere; `frames` converts at the
border.
"""
