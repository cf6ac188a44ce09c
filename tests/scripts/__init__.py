"""The commands of `scripts/`."""
