"""Who works where on what, and the gaps."""
