"""The pages of coordination groups and their digests."""
