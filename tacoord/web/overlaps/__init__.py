"""The pages of overlaps."""
