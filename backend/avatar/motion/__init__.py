# SPDX-License-Identifier: Apache-2.0
"""Text to motion: a trained model of captured clips, key poses written by hand, feet kept on the floor."""
