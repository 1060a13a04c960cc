# SPDX-License-Identifier: Apache-2.0
"""SMPL, SMPL-H and SMPL-X as bodies, from the user's own files."""
