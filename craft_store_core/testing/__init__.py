"""For the tests of plugin authors: suites that say what a backend or a reporter must do.

These modules import pytest; nothing else in the core does.
"""
