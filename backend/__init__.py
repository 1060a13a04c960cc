# SPDX-License-Identifier: Apache-2.0
"""Kinora's headless backend: server, workers, command line and the systems they run."""
