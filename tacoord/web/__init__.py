"""The pages: a module or a package a subject, each page with its blueprint `bp` and its forms."""
