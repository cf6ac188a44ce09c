"""Coordination groups and who reads their digests."""
