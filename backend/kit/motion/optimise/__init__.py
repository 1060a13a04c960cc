# SPDX-License-Identifier: Apache-2.0
"""Motions bent to an animator's wishes: a closed-form warp first, then all losses at once."""
