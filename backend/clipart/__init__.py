# SPDX-License-Identifier: Apache-2.0
"""A drawing and a sentence become an animated drawing, after AniClipart (arXiv 2404.12347)."""
