"""IATI and tables, in and out."""
