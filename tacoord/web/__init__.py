"""The pages: a module a subject, each with its blueprint `bp` and its forms."""
