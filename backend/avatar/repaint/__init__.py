# SPDX-License-Identifier: Apache-2.0
"""Refines a dressed character's texture by the likeness of its pictures and its prompt."""
