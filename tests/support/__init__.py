"""What the tests stand on: databases, a mail server, a browser, and an account of what was left out."""
