# SPDX-License-Identifier: Apache-2.0
"""Parts that systems share: bodies, text encoder, raster, bake, glTF, video."""
