"""Pairs of records that were flagged: found, kept, listed, decided; and the model that finds them."""
