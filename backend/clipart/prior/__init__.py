# SPDX-License-Identifier: Apache-2.0
"""What judges and bends the motion of drawings: video models, embedded and published."""
