# SPDX-License-Identifier: Apache-2.0
"""Shape by likeness: bodies ranked by how their pictures answer a sentence."""
