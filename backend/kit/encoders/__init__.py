# SPDX-License-Identifier: Apache-2.0
"""Encoders that put pictures and sentences into one space, so that their likeness is an angle."""
