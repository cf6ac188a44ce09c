"""The register of organisations: names, what they do, where."""
