from odoo import models


class ClaimSubmissionXlsx(models.AbstractModel):
    _name = "report.dealer_claims.claim_submission_xlsx"
    _inherit = "dealer.money.xlsx"
    _description = "Cover Letter of a Submission as Spreadsheet"

    def generate_xlsx_report(self, workbook, data, objs):
        """Write one sheet per batch, a line per case.

        :param workbook: xlsxwriter workbook
        :param data: unused
        :param objs: ``dealer.claim.submission.batch``
        """
        for batch in objs:
            batch.check_access("read")
            self._write_form(workbook, self._batch_form(batch))

    def _batch_form(self, batch):
        _ = self.env._
        columns = [
            (_("No."), 6, "integer"),
            (_("Claim No."), 16, "text"),
            (_("Report No."), 26, "text"),
            (_("Insurer's Claim No."), 26, "text"),
            (_("Insured"), 20, "text"),
            (_("Plate"), 12, "text"),
            (_("VIN"), 20, "text"),
            (_("Accident On"), 12, "date"),
            (_("Attempt"), 8, "integer"),
            (_("Documents"), 10, "integer"),
            (_("Claimed"), 13, "amount"),
        ]
        rows = [
            [
                number,
                line["claim"].name,
                line["claim"].report_no,
                line["claim"].insurer_claim_no,
                line["claim"].partner_id.name,
                line["claim"].plate,
                line["claim"].vin,
                line["accident_on"],
                line["submission"].attempt,
                line["documents"],
                line["submission"].amount,
            ]
            for number, line in enumerate(batch._cover_lines(), 1)
        ]
        totals = [_("Total"), _("%(count)s cases", count=len(rows)), *[""] * 8]
        return {
            "sheet": batch.name,
            "title": _("Claims Handed In"),
            "facts": [
                _(
                    "No. %(name)s    Insurer: %(insurer)s    Store: %(store)s",
                    name=batch.name,
                    insurer=batch.insurer_id.display_name,
                    store=batch.company_id.name,
                ),
                _(
                    "Handed in on: %(date)s    Receiver: %(receiver)s",
                    date=batch.submitted_on or batch.date,
                    receiver=batch.receiver_name or "",
                ),
            ],
            "columns": columns,
            "rows": rows,
            "totals": totals + [batch.amount_total],
        }


class DealerClaimSubmissionBatch(models.Model):
    _inherit = "dealer.claim.submission.batch"

    def _cover_lines(self):
        """Cases of the cover letter with the papers that come along.

        :return: list of dict submission, claim, accident_on (day of the store),
            documents (number of papers), pages
        """
        self.ensure_one()
        lines = []
        for submission in self.submission_ids.sorted("id"):
            claim = submission.claim_id
            papers = claim.document_ids.filtered(
                lambda row: row.state in ("received", "checked")
            )
            accident = claim.accident_at
            lines.append(
                {
                    "submission": submission,
                    "claim": claim,
                    "accident_on": accident
                    and self.company_id._dealer_local_day(accident),
                    "documents": len(papers),
                    "pages": sum(papers.mapped("pages")),
                }
            )
        return lines
