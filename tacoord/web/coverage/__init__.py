"""Who works where on what: matrix, map, countries, gaps."""
