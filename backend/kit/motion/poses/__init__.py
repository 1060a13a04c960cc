# SPDX-License-Identifier: Apache-2.0
"""Poses of the body: which are possible, which are likely, and which fit a sentence."""
