# SPDX-License-Identifier: GPL-3.0-or-later
"""What an animator sets down in the scene for a motion to keep to, and poses to choose from."""
