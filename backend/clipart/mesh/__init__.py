# SPDX-License-Identifier: Apache-2.0
"""A drawing that moves: its layers as meshes that keypoints deform, its pictures and its curves."""
