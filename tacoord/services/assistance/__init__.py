"""Requests for assistance, offers, and what fits."""
