"""For the tests of plugin authors: conformance suites, a scripted store, the command line.

The suites import pytest; nothing else in the core does.
"""
