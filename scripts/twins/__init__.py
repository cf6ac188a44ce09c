"""Two registers that differ only in what most people may not read: for `scripts/noninterference`."""
