"""IATI activities (1.x to 2.03) to and from values; knows neither database nor Flask."""
