# SPDX-License-Identifier: Apache-2.0
"""Trains and measures the embedded picture-text encoder on drawn scenes."""
