# SPDX-License-Identifier: Apache-2.0
"""Batches of pictures of triangles, on the processor and on CUDA, with gradients."""

from .fragments import Fragments, rasterise

__all__ = ["Fragments", "rasterise"]
