# SPDX-License-Identifier: Apache-2.0
"""Where jobs run: local child processes."""
