import base64
import io

from PIL import Image
from reportlab.graphics.barcode.qr import QrCodeWidget

from odoo import api, models

# Size of a QR code: pixels per module, and its quiet zone in modules.
QR_SCALE, QR_QUIET = 8, 4

# Columns of the cost breakdown: who pays, in the order of the paper form.
PAYER_COLUMNS = (
    "insurer",
    "third_party",
    "customer",
    "store",
)
COLUMN_OF_PAYER = {
    "own_damage": "insurer",
    "ctpl_property": "insurer",
    "third_party_liability": "insurer",
    "addon": "insurer",
    "third_party_insurer": "third_party",
    "customer": "customer",
    "store": "store",
}


def qr_picture(text):
    """A QR code as PNG, drawn without a graphics backend that a server may lack.

    :param text: what the code says
    :return: bytes of a black and white picture with its quiet zone
    """
    code = QrCodeWidget(text, barLevel="M").qr
    code.make()
    size = code.getModuleCount()
    image = Image.new("1", (size + 2 * QR_QUIET,) * 2, 1)
    for row in range(size):
        for column in range(size):
            if code.isDark(row, column):
                image.putpixel((column + QR_QUIET, row + QR_QUIET), 0)
    image = image.resize((image.width * QR_SCALE,) * 2, Image.Resampling.NEAREST)
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


class ClaimGatePass(models.AbstractModel):
    """Gate pass with a QR code that the guard scans (G-C1)."""

    _name = "report.dealer_claims.report_claim_gate_pass"
    _description = "Printed Gate Pass"

    @api.model
    def _get_report_values(self, docids, data=None):
        claims = self.env["dealer.claim"].browse(docids).filtered("released_at")
        return {
            "doc_ids": claims.ids,
            "doc_model": claims._name,
            "docs": claims,
            "qr_codes": {claim.id: self._qr_code(claim) for claim in claims},
        }

    def _qr_code(self, claim):
        """Picture of the link, as a data URI; empty when the pass was taken back."""
        url = claim._gate_url()
        if not url:
            return ""
        return f"data:image/png;base64,{base64.b64encode(qr_picture(url)).decode()}"


class ClaimReceptionSheet(models.AbstractModel):
    """Reception sheet (接车单) with walk-around and signatures (§3.9)."""

    _name = "report.dealer_claims.report_claim_reception"
    _description = "Printed Reception Sheet"

    @api.model
    def _get_report_values(self, docids, data=None):
        claims = self.env["dealer.claim"].browse(docids)
        return {
            "doc_ids": claims.ids,
            "doc_model": claims._name,
            "docs": claims,
            "drawings": {claim.id: self._drawing(claim) for claim in claims},
        }

    def _drawing(self, claim):
        """The walk-around as a picture: the PDF engine draws inline SVG badly."""
        svg = str(claim._walkaround_svg()).encode()
        return f"data:image/svg+xml;base64,{base64.b64encode(svg).decode()}"


class ClaimCostBreakdown(models.AbstractModel):
    """What the repair costs and who pays which part, for the customer (§3.10)."""

    _name = "report.dealer_claims.report_claim_costs"
    _description = "Printed Cost Breakdown"

    @api.model
    def _get_report_values(self, docids, data=None):
        claims = self.env["dealer.claim"].browse(docids)
        return {
            "doc_ids": claims.ids,
            "doc_model": claims._name,
            "docs": claims,
            "rows": {claim.id: self._rows(claim) for claim in claims},
            "parts": {claim.id: claim._self_paid_parts() for claim in claims},
        }

    def _rows(self, claim):
        """Lines with their amount in the column of who is asked for it.

        What lies above the assessment goes into the column of who bears it.

        :return: list of dict with ``line`` and one amount per column
        """
        currency = claim.currency_id
        rows = []
        for line in claim.cost_ids:
            column = COLUMN_OF_PAYER[line.payer]
            if claim.claim_kind == "self_pay" or line.is_non_accident:
                column = "store" if line.payer == "store" else "customer"
            amounts = dict.fromkeys(PAYER_COLUMNS, 0.0)
            if column in ("insurer", "third_party"):
                covered = min(line.amount, line.assessed_amount)
                amounts[column] = covered
                above = "store" if claim.above_payer == "store" else "customer"
                amounts[above] += currency.round(line.amount - covered)
            else:
                amounts[column] = line.amount
            rows.append({"line": line, **amounts})
        return rows
