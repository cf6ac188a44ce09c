"""JSON under /api/v1: a module a subject, each with its blueprint `bp`."""
