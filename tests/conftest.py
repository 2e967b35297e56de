"""Fixtures of the tests that look at the product from outside: files of the repository, servers over HTTP."""

import pathlib

import pytest


@pytest.fixture(scope="session")
def root():
    """Folder of the checkout."""
    return pathlib.Path(__file__).resolve().parent.parent
