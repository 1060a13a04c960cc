# SPDX-License-Identifier: Apache-2.0
"""A stand-in for the avatar system, of the same catalogue, that makes a man of tubes at once."""
