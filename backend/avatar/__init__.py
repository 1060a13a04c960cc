# SPDX-License-Identifier: Apache-2.0
"""Text to a rigged, clothed, animated character (after AvatarCLIP)."""
