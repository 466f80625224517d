"""The progress reporters that come with the core."""
