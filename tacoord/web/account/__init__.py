"""A person's own account: sign in, password, tokens."""
