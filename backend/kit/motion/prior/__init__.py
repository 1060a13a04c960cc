# SPDX-License-Identifier: Apache-2.0
"""The motion prior: a variational autoencoder of two seconds of movement."""
