"""The server, its faults, the record of requests, errors and schemas."""
