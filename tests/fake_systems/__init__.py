# SPDX-License-Identifier: Apache-2.0
"""A system for tests, which does whatever it is asked to, at its worst."""
