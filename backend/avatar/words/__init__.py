# SPDX-License-Identifier: Apache-2.0
"""What prompts mean: word lists and the rules that read them."""
