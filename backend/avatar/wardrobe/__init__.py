# SPDX-License-Identifier: Apache-2.0
"""Garments, hair and skin: a garment vertex is a fixed mix of base vertices plus an offset."""
