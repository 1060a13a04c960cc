# SPDX-License-Identifier: Apache-2.0
"""Motions of other tools: what their bones are called, and how their files are read and written."""
