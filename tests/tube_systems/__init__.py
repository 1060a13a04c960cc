# SPDX-License-Identifier: Apache-2.0
"""Stand-ins for the systems, of the same catalogue, that make a man of tubes and a drawn figure at
once."""
