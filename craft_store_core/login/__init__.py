"""Credentials in use: the authenticator of a store, and the choice of the backend."""
