from odoo import api, models
from odoo.fields import Domain

TEN_THOUSAND = 10_000


class QuoteComparisonReport(models.AbstractModel):
    """Offers of several insurers side by side, for the customer (SM-1, S74)."""

    _name = "report.dealer_insurance.report_quote_comparison"
    _description = "Printed Quote Comparison"

    @api.model
    def _get_report_values(self, docids, data=None):
        """Values of the template, one comparison per quote."""
        quotes = self.env["dealer.quote"].browse(docids)
        return {
            "doc_ids": quotes.ids,
            "doc_model": quotes._name,
            "docs": quotes,
            "comparisons": self._comparisons(quotes),
        }

    @api.model
    def _comparisons(self, quotes):
        """Lines of the table per quote.

        :return: dict quote id -> dict with ``options`` (chosen first when chosen),
            ``lines`` and ``licences``
        """
        licences = self._licences(quotes)
        return {
            quote.id: {
                "options": quote.option_ids,
                "lines": self._lines(quote),
                "seats": self.env._("%(seats)s seats", seats=quote.seats),
                "licences": [
                    (option.insurer_id.name, licences[quote.company_id, insurer])
                    for option in quote.option_ids
                    for insurer in option.insurer_id
                    if licences.get((quote.company_id, insurer))
                ],
            }
            for quote in quotes
        }

    def _licences(self, quotes):
        """Agency licence of each store for each insurer, as agreed on today."""
        insurers = quotes.option_ids.insurer_id
        insurers |= insurers.commercial_partner_id
        agreements = self.env["dealer.agreement"].search(
            Domain("state", "=", "active")
            & Domain("company_id", "in", quotes.company_id.ids)
            & Domain("insurer_id", "in", insurers.ids)
            & Domain("licence_no", "!=", False),
            order="date_from, id",
        )
        return {(a.company_id, a.insurer_id): a.licence_no for a in agreements}

    def _lines(self, quote):
        """Rows of the comparison, top to bottom.

        A row is a dict: ``kind`` (section, line, subtotal or total), ``label`` and
        ``cells``, one per option: (what is covered, amount in words of the currency).
        """
        _ = self.env._
        options = quote.option_ids
        money = quote.currency_id
        rows = [
            {"kind": "section", "label": _("Compulsory Insurance and Vehicle Tax")},
            self._amounts(
                quote,
                _("Compulsory premium"),
                "ctpl_premium",
                lambda option: _(
                    "Float factor %(factor)s", factor=f"{option.float_factor:.4g}"
                ),
            ),
            self._amounts(quote, _("Vehicle tax"), "vehicle_tax"),
            {"kind": "section", "label": _("Commercial Insurance")},
            *self._cover_lines(quote, "commercial"),
        ]
        if any(option.standard_premium for option in options):
            rows.append(
                self._amounts(
                    quote,
                    _("Standard premium"),
                    "standard_premium",
                    lambda option: _(
                        "NCD %(ncd)s × pricing %(pricing)s",
                        ncd=f"{option.ncd_factor:.4g}",
                        pricing=f"{option.pricing_factor:.4g}",
                    ),
                )
            )
        rows.append(
            self._amounts(
                quote,
                _("Commercial premium after factors"),
                "commercial_premium",
                kind="subtotal",
            )
        )
        if any(option.other_premium for option in options):
            rows.append({"kind": "section", "label": _("Accident and Other Cover")})
            rows += self._cover_lines(quote, "other")
            rows.append(
                self._amounts(
                    quote,
                    _("Accident and other premium"),
                    "other_premium",
                    kind="subtotal",
                )
            )
        rows.append(
            self._amounts(quote, _("Total to pay"), "amount_total", kind="total")
        )
        if options.concession_ids:
            rows.append(
                {
                    "kind": "line",
                    "label": _("Gifts and services of the store"),
                    "cells": [
                        (
                            "\n".join(option.concession_ids.mapped("name")),
                            money.format(option.concession_total)
                            if option.concession_ids
                            else "",
                        )
                        for option in options
                    ],
                }
            )
        return rows

    def _amounts(self, quote, label, field_name, remark=None, kind="line"):
        """Row of one amount of every option; nothing is a dash, never a zero."""
        money = quote.currency_id
        cells = []
        for option in quote.option_ids:
            amount = option[field_name]
            if money.is_zero(amount):
                cells.append(("", "—"))
            else:
                cells.append((remark(option) if remark else "", money.format(amount)))
        return {"kind": kind, "label": label, "cells": cells, "field": field_name}

    def _cover_lines(self, quote, product):
        """One row per cover that any insurer offers, in the order of the catalogue."""
        money = quote.currency_id
        lines = quote.option_ids.line_ids.filtered(
            lambda line: line.cover_id.product == product
        )
        rows = []
        for cover in lines.cover_id.sorted():
            by_option = lines.filtered(
                lambda line, cover=cover: line.cover_id == cover
            ).grouped("option_id")
            cells = []
            for option in quote.option_ids:
                offered = by_option.get(option)
                if not offered:
                    cells.append(("", "—"))
                    continue
                premium = sum(line.premium or line.standard_premium for line in offered)
                cells.append(
                    (
                        "\n".join(filter(None, map(self._limit_text, offered))),
                        "" if money.is_zero(premium) else money.format(premium),
                    )
                )
            rows.append({"kind": "line", "label": cover.name, "cells": cells})
        return rows

    def _limit_text(self, line):
        """Sum insured, seats and deductible as the customer reads them."""
        _ = self.env._
        parts = []
        if not line.currency_id.is_zero(line.sum_insured):
            parts.append(self._sum_text(line.sum_insured, line.currency_id))
        if line.seats:
            parts.append(_("%(seats)s seats", seats=line.seats))
        text = " × ".join(parts)
        if line.deductible:
            share = _("deductible %(share)s%%", share=f"{line.deductible * 100:.4g}")
            text = f"{text}\n{share}" if text else share
        return text

    def _sum_text(self, amount, currency):
        """Sum insured; Chinese counts in ten thousands (200万)."""
        count = amount / TEN_THOUSAND
        if self.env.lang == "zh_CN" and count >= 1 and count == int(count):
            return f"{int(count)}万"
        return currency.format(amount)
