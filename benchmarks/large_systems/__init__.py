# SPDX-License-Identifier: Apache-2.0
"""A system for benchmarks, whose only result is a large character."""
