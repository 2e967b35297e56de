import base64
import csv
import io
import json
import os
from datetime import datetime
from pathlib import Path

import openpyxl

from odoo import SUPERUSER_ID, Command, api
from odoo.tests import TransactionCase, new_test_user
from odoo.tools import file_path

SKIP_REASON = "sample data not found (DEALER_SAMPLE_DATA)"
DELIVERY_SAMPLE = "交车台账_2025-2026.xlsx"
LEDGER_SAMPLE = "承保台账_2025-2026.xlsx"


def sample_folder():
    """Folder of the sample files, None when they are not at hand."""
    named = os.environ.get("DEALER_SAMPLE_DATA")
    if named:
        folder = Path(named)
    else:
        repository = Path(file_path("dealer_insurance")).parents[1]
        folder = repository.parent / "shared" / "data"
    return folder if (folder / "truth_import.csv").is_file() else None


def make_book(sheets):
    """Workbook bytes from {sheet name: list of rows}."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


class ImportCommon(TransactionCase):
    """A store in a region of float scheme E with three insurers and a clerk."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        context = {"tracking_disable": True}
        su_env = api.Environment(cls.env.cr, SUPERUSER_ID, context)
        cls.company = cls._company(su_env, "Store of the Import")
        cls.su_env = api.Environment(
            cls.env.cr,
            SUPERUSER_ID,
            {**context, "allowed_company_ids": cls.company.ids},
        )
        cls.clerk = cls._user("policy_clerk")
        cls.manager = cls._user("insurance_manager")
        cls.insurers = cls.su_env["res.partner"].search([("is_insurer", "=", True)])
        for insurer in cls.insurers:
            cls._agreement(insurer)

    @classmethod
    def _company(cls, env, name):
        company = env["res.company"].create(
            {
                "name": name,
                "dealer_float_scheme_id": env["dealer.float.scheme"]
                .search([("code", "=", "E")])
                .id,
                "dealer_import_inline_rows": 100000,
            }
        )
        company.partner_id.tz = "Asia/Shanghai"
        return company

    @classmethod
    def _user(cls, post, company=None):
        company = company or cls.company
        return new_test_user(
            cls.su_env,
            login=f"import_{post}_{company.id}",
            groups=f"dealer_base.group_{post}",
            tz="Asia/Shanghai",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )

    @classmethod
    def _agreement(cls, insurer, company=None, **vals):
        return cls.su_env["dealer.agreement"]._create_protected(
            [
                {
                    "name": f"Agreement {insurer.name}",
                    "insurer_id": insurer.id,
                    "company_id": (company or cls.company).id,
                    "date_from": "2020-01-01",
                    "state": "active",
                    "remit_days": 6,
                    "collects_premium": True,
                    **vals,
                }
            ]
        )

    # -- runs -------------------------------------------------------------------

    def _upload(self, kind, content, file_name="file.xlsx", user=None, **vals):
        """A run of a file, read and checked by the clerk."""
        run = (
            self.env["dealer.import"]
            .with_user(user or self.clerk)
            .create(
                {
                    "kind": kind,
                    "file": base64.b64encode(content),
                    "file_name": file_name,
                    "company_id": (user or self.clerk).company_id.id,
                    **vals,
                }
            )
        )
        run.action_read()
        run.action_check()
        return run

    def _problems(self, run, severity=None):
        """(sheet, row, field, code) of the problems of cells and rows."""
        return {
            (problem.sheet_name, problem.row_no, problem.field_key, problem.code)
            for problem in run.problem_ids
            if problem.row_no and (not severity or problem.severity == severity)
            if problem.row_id or problem.code == "subtotal_mismatch"
        }

    def _codes(self, run):
        """(row, field, code) of a file with one sheet."""
        return {item[1:] for item in self._problems(run)}

    def _correct(self, run, corrections):
        """Type corrections: {(sheet, row, field): text}."""
        for problem in run.problem_ids:
            key = (problem.sheet_name, problem.row_no, problem.field_key)
            if key in corrections and problem.state == "open":
                problem.correction = corrections[key]

    def _accept_facts(self, run, reason="As in the paper ledger"):
        facts = run.problem_ids.filtered(
            lambda item: item.nature == "fact" and item.severity == "error"
        )
        if facts:
            facts.with_user(self.manager)._accept(reason)

    # -- sample -----------------------------------------------------------------

    def _sample(self, name):
        folder = sample_folder()
        if not folder:
            self.skipTest(SKIP_REASON)
        return (folder / name).read_bytes()

    def _truth(self, name):
        with (sample_folder() / "truth_import.csv").open(encoding="utf-8-sig") as file:
            return [line for line in csv.DictReader(file) if line["file"] == name]

    def _clean_rows(self, name):
        text = (sample_folder() / "truth_kpi.json").read_text(encoding="utf-8")
        return json.loads(text)["clean_rows"][name]


def sample_table(content, header_rows):
    """Rows of a workbook as [(sheet, row number, {header: cell value})].

    Only lines that name a car are lines; totals and notes are not.
    """
    book = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
    result = []
    for sheet in book:
        group, labels = None, []
        rows = list(sheet.iter_rows(values_only=True))
        upper, lower = rows[header_rows[0] - 1], rows[header_rows[-1] - 1]
        for top, bottom in zip(upper, lower, strict=True):
            if len(header_rows) == 2:
                group = top or (group if bottom else None)
                labels.append(f"{group}{bottom}" if bottom else top)
            else:
                labels.append(bottom)
        for number, values in enumerate(rows[header_rows[-1] :], header_rows[-1] + 1):
            line = dict(zip(labels, values, strict=True))
            if any(line[label] for label in labels if "车架号" in label):
                result.append((sheet.title, number, line))
    return result


def as_csv_text(value):
    """A cell the way a spreadsheet program writes it into a text file."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.strftime(
            "%Y-%m-%d" if value.time() == datetime.min.time() else "%Y-%m-%d %H:%M:%S"
        )
    return str(value)
