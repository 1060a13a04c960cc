# SPDX-License-Identifier: Apache-2.0
"""Sculpts and paints a dressed character by the likeness of its pictures and its prompt."""
