# SPDX-License-Identifier: Apache-2.0
"""What the add-on, the server and the command line agree on: messages, results, errors."""

__version__ = "0.1.0"
