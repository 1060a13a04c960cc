# SPDX-License-Identifier: Apache-2.0
"""Shapes that no base mesh holds, made in code and chosen by garments' files."""
