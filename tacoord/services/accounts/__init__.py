"""Who signs in, what they may be, and how they are asked in."""
