# SPDX-License-Identifier: Apache-2.0
"""A system that behaves as it is told."""
