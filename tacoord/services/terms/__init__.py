"""Vocabularies and their words: codes, countries, regions, money."""
