"""The demo: invented projects of invented organisations in real countries, the same at every making."""
