"""Fixtures of the tests that look at the product from outside."""

import pathlib

import pytest


@pytest.fixture(scope="session")
def root():
    """Folder of the checkout."""
    return pathlib.Path(__file__).resolve().parent.parent
