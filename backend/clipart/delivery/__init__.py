# SPDX-License-Identifier: Apache-2.0
"""An animated drawing as files: vector first, films made of it."""
