"""What tacoord does: session first, no commit, no Flask. The doors call these, and commit."""
