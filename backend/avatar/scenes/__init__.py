# SPDX-License-Identifier: Apache-2.0
"""The scene maker: batches of random people, dressed, posed and drawn, with captions."""
