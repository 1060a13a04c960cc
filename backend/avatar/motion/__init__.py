# SPDX-License-Identifier: Apache-2.0
"""What a character does: a learnt motion model, motions written as key poses, and the words for them."""

MODEL_NAME = "kinora-motion-1"
