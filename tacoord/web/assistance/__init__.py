"""The pages of requests and offers."""
