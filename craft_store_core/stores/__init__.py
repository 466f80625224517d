"""The client of one store, the reviews that it waits for, and the Publisher Gateway."""
