"""What a sandbox remembers: tables, blobs, keys, clock, accounts and settings."""
