# SPDX-License-Identifier: Apache-2.0
"""What a character does: a learnt motion model, key poses, and the words for both."""

MODEL_NAME = "kinora-motion-1"
