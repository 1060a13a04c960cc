# SPDX-License-Identifier: Apache-2.0
"""Files of drawings, vector or traced, to `Drawing`s: nothing is ever fetched or run."""
