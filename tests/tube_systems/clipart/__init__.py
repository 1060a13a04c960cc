# SPDX-License-Identifier: Apache-2.0
"""The stand-in's folder."""
