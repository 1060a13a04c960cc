# SPDX-License-Identifier: GPL-3.0-or-later
"""One importer for each kind of result."""
