"""Odoo's own lint tests (its addon test_lint), on our addons.

They scan every addon on the addons path; here the list of addons is cut to ours.
The tests that go through the registry see all installed models, ours among them.
What they only log as a warning is a failure here.
"""

import contextlib
import logging
import pathlib
from unittest import mock

import pytest

from odoo.modules import Manifest

from odoo.addons.test_lint.tests import test_docstring, test_override_signatures
from odoo.addons.test_lint.tests.test_dunderinit import TestDunderinit
from odoo.addons.test_lint.tests.test_i18n import TestI18n
from odoo.addons.test_lint.tests.test_index import TestIndex
from odoo.addons.test_lint.tests.test_jstranslate import TestJsTranslations
from odoo.addons.test_lint.tests.test_l10n import L10nLinter
from odoo.addons.test_lint.tests.test_manifests import ManifestLinter
from odoo.addons.test_lint.tests.test_markers import TestConflictMarkers
from odoo.addons.test_lint.tests.test_naming import TestNaming
from odoo.addons.test_lint.tests.test_onchange_domains import TestOnchangeDomains
from odoo.addons.test_lint.tests.test_orm_import import (
    TestDunderinit as TestOrmImport,
)
from odoo.addons.test_lint.tests.test_pofile import PotLinter
from odoo.addons.test_lint.tests.test_routes import RoutesLinter
from odoo.addons.test_lint.tests.test_test_holes import TestTestHoles

ADDONS = pathlib.Path(__file__).resolve().parents[2] / "addons"
OURS = sorted(path.parent.name for path in ADDONS.glob("*/__manifest__.py"))

__all__ = [
    "L10nLinter",
    "ManifestLinter",
    "PotLinter",
    "RoutesLinter",
    "TestConflictMarkers",
    "TestDocstring",
    "TestDunderinit",
    "TestI18n",
    "TestIndex",
    "TestJsTranslations",
    "TestLintOverrideSignatures",
    "TestNaming",
    "TestOnchangeDomains",
    "TestOrmImport",
    "TestTestHoles",
]


class OnlyOurs:
    """Forget what a sub-test finds in the modules of others."""

    @contextlib.contextmanager
    def subTest(self, msg=None, **params):
        with super().subTest(msg, **params):
            if params.get("module") in OURS:
                yield
            else:
                with contextlib.suppress(AssertionError, TypeError):
                    yield


class TestDocstring(OnlyOurs, test_docstring.TestDocstring):
    """Parameters that docstrings name exist."""


class TestLintOverrideSignatures(
    OnlyOurs, test_override_signatures.TestLintOverrideSignatures
):
    """Overrides can be called like what they override."""


@pytest.fixture(scope="module", autouse=True)
def only_our_addons():
    """Let the tests that walk over files see our addons only."""
    manifests = [Manifest.for_addon(name) for name in OURS]
    with mock.patch.object(Manifest, "all_addon_manifests", return_value=manifests):
        yield


@pytest.fixture(autouse=True)
def warnings_fail(caplog):
    """Turn what a lint test only logs into a failure."""
    with caplog.at_level(logging.WARNING, logger="odoo.addons.test_lint"):
        yield
    logged = [
        record.getMessage()
        for record in caplog.get_records("call")
        if record.levelno >= logging.WARNING and "test_lint" in record.name
    ]
    assert not logged, "\n".join(logged)
