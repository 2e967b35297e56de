"""Stores, agreements and files for the tests of fee statements."""

import base64
import csv

from odoo import Command

from .import_common import ImportCommon, sample_folder

#: Agreements of the sample store: words of the insurer's name, first day, and the
#: shares of compulsory, commercial new, renewal, new-energy and accident cover.
SAMPLE_RATES = (
    ("人保", "2025-01-01", "2026-06-30", (0.04, 0.16, 0.13, 0.09, 0.20)),
    ("人保", "2026-07-01", None, (0.04, 0.15, 0.12, 0.08, 0.20)),
    ("太平洋", "2025-01-01", "2026-03-31", (0.04, 0.15, 0.12, 0.08, 0.25)),
    ("太平洋", "2026-04-01", None, (0.04, 0.155, 0.125, 0.08, 0.25)),
    ("平安", "2025-01-01", None, (0.04, 0.15, 0.14, 0.10, 0.20)),
)
RATE_KINDS = (
    ("ctpl", "any", "any"),
    ("commercial", "new_car", "fuel"),
    ("commercial", "renewal", "fuel"),
    ("commercial", "any", "nev"),
    ("other", "any", "any"),
)


class StatementCommon(ImportCommon):
    """The store of the import tests, with finance and rates in its agreements."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.finance = cls._user("finance")

    @classmethod
    def _rates(cls, insurer, shares, date_from, date_to=None):
        agreement = cls.su_env["dealer.agreement"].search(
            [("insurer_id", "=", insurer.id), ("company_id", "=", cls.company.id)],
            limit=1,
        )
        agreement.write(
            {
                "rate_ids": [
                    Command.create(
                        {
                            "product": product,
                            "business": business,
                            "energy": energy,
                            "rate": share,
                            "date_from": date_from,
                            "date_to": date_to,
                            "clause": f"from {date_from}",
                        }
                    )
                    for (product, business, energy), share in zip(
                        RATE_KINDS, shares, strict=True
                    )
                ]
            }
        )
        return agreement

    def _import_statement(self, content, file_name, user=None, **vals):
        """Upload, check and import a statement file; returns the run."""
        run = self._upload("fee_statement", content, file_name, user=user, **vals)
        run.action_import()
        return run

    def _statement_truth(self, name=None):
        path = sample_folder() / "truth_statements.csv"
        with path.open(encoding="utf-8-sig") as file:
            return [
                line
                for line in csv.DictReader(file)
                if not name or line["file"] == name
            ]

    def _missing_truth(self, name):
        with (sample_folder() / "truth_missing.csv").open(encoding="utf-8-sig") as file:
            return [line for line in csv.DictReader(file) if line["file"] == name]

    def _encode(self, content):
        return base64.b64encode(content)
