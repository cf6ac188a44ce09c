"""The register of projects: drafts, content, facts for matching, search."""
