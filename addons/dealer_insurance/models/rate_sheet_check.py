from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.dealer_base.models.guard_mixin import Violation

from ..tools import rating
from ..tools.rate_sheet_text import name_key, usual_factor
from ..tools.rating_quote import CoverInput, QuoteInput, rate_quote
from ..tools.rating_tax import TaxInput

# Lines of one guard that a refusal names; the rest is counted.
SHOWN = 5
COVERAGE_KINDS = ("model", "plan", "insurer", "empty")
FINDING_KINDS = [
    ("model", "Model Sold, Not on the Sheet"),
    ("plan", "Plan Missing"),
    ("insurer", "Insurer Missing"),
    ("empty", "No Premium"),
    ("ctpl", "Compulsory Premium"),
    ("tax", "Vehicle Tax"),
    ("standard", "Standard Premium"),
    ("range", "Pricing Factor out of Range"),
    ("factor", "Unusual Pricing Factor"),
    ("cover", "Covers of the Wrong Product"),
]


class DealerRateSheetFinding(models.Model):
    """What a check of a rate sheet found: a gap or a figure that differs from the
    rating. Explained findings do not stop the publication."""

    _name = "dealer.rate.sheet.finding"
    _description = "Check of a Rate Sheet"
    _inherit = ["dealer.derived.mixin"]
    _protected_fields = (
        "sheet_id",
        "kind",
        "key",
        "subject",
        "entered",
        "expected",
        "formula",
        "line_id",
    )
    _order = "sheet_id, is_explained, kind, id"
    _rec_name = "subject"

    sheet_id = fields.Many2one(
        "dealer.rate.sheet", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(
        related="sheet_id.company_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    state = fields.Selection(related="sheet_id.state")
    kind = fields.Selection(FINDING_KINDS, string="What Was Checked", required=True)
    key = fields.Char(required=True, index=True)
    line_id = fields.Many2one(
        "dealer.rate.sheet.line", ondelete="cascade", index="btree_not_null"
    )
    subject = fields.Char(required=True)
    entered = fields.Monetary(string="On the Sheet", aggregator=None)
    expected = fields.Monetary(aggregator=None)
    formula = fields.Char(string="Calculation")
    explanation = fields.Char(
        help="Why it is right as it stands. The sheet is published only when every "
        "line is corrected or explained."
    )
    is_explained = fields.Boolean(
        string="Explained", compute="_compute_is_explained", store=True
    )

    _key_uniq = models.UniqueIndex(
        "(sheet_id, key)", "The check has found this already."
    )

    @api.depends("explanation")
    def _compute_is_explained(self):
        for finding in self:
            finding.is_explained = bool((finding.explanation or "").strip())

    def write(self, vals):
        if "explanation" in vals and any(
            finding.sheet_id.state != "draft" for finding in self
        ):
            raise UserError(
                self.env._("The sheet is published; its checks are closed.")
            )
        return super().write(vals)


class DealerRateSheet(models.Model):
    _inherit = "dealer.rate.sheet"

    # ---------------------------------------------------------------- Guards
    def _guard_publish(self):
        """G-T1 period and version, G-T2 complete, G-T3 figures checked."""
        violations = self._period_violations()
        found = self._find_findings()
        explained = {
            (finding.sheet_id.id, finding.key)
            for finding in self.finding_ids.filtered("is_explained")
        }
        labels = dict(
            self.env["dealer.rate.sheet.finding"]
            ._fields["kind"]
            ._description_selection(self.env)
        )
        for sheet in self:
            by_code = defaultdict(list)
            for vals in found[sheet]:
                if (sheet.id, vals["key"]) not in explained:
                    code = "G-T2" if vals["kind"] in COVERAGE_KINDS else "G-T3"
                    by_code[code].append(f"{labels[vals['kind']]}: {vals['subject']}")
            for code, texts in sorted(by_code.items()):
                reason = "; ".join(texts[:SHOWN])
                if len(texts) > SHOWN:
                    reason = self.env._(
                        "%(lines)s; and %(count)s more",
                        lines=reason,
                        count=len(texts) - SHOWN,
                    )
                violations.append(Violation(code, sheet, reason))
        return violations

    def _period_violations(self):
        _ = self.env._
        today = fields.Date.context_today(self)
        others = self.search(
            Domain("company_id", "in", self.company_id.ids)
            & Domain("state", "in", ("published", "superseded"))
        )
        violations = []
        for sheet in self:
            if not sheet.line_ids:
                violations.append(Violation("G-T2", sheet, _("it has no lines")))
            if not sheet.date_from or not sheet.date_to:
                reason = _("first or last day of validity is missing")
                violations.append(Violation("G-T1", sheet, reason))
                continue
            if sheet.date_to < today:
                reason = _(
                    "its last day %(day)s is over",
                    day=fields.Date.to_string(sheet.date_to),
                )
                violations.append(Violation("G-T1", sheet, reason))
            if any(
                other.company_id == sheet.company_id
                and other.version == sheet.version
                and other.date_from == sheet.date_from
                for other in others - sheet
            ):
                reason = _(
                    "version %(version)s for this period is published already",
                    version=sheet.version,
                )
                violations.append(Violation("G-T1", sheet, reason))
        return violations

    # -------------------------------------------------------------- Findings
    def _sync_findings(self):
        """Store what the check finds; explanations of unchanged facts stay."""
        self.env.add_to_compute(self._fields["previous_id"], self)
        found = self._find_findings()
        Finding = self.env["dealer.rate.sheet.finding"]
        known = {
            (finding.sheet_id.id, finding.key): finding for finding in self.finding_ids
        }
        wanted = {
            (sheet.id, vals["key"]): {**vals, "sheet_id": sheet.id}
            for sheet, vals_list in found.items()
            for vals in vals_list
        }
        gone = [finding.id for key, finding in known.items() if key not in wanted]
        # sudo: findings are written by the check, never by hand; rights were checked.
        self._sudo_remove_findings(gone)
        Finding._create_protected(
            [vals for key, vals in wanted.items() if key not in known]
        )

    def _sudo_remove_findings(self, ids):
        self.env["dealer.rate.sheet.finding"].sudo().browse(ids).unlink()

    def _find_findings(self):
        """Everything that is missing or differs, in a constant number of queries.

        :return: dict sheet -> list of values of dealer.rate.sheet.finding
        """
        gaps = self._find_gaps()
        figures = self._find_figures()
        return {sheet: gaps[sheet] + figures[sheet] for sheet in self}

    @api.model
    def _finding(self, kind, subject, line=None, entered=0, expected=0, formula=""):
        facts = (kind, subject, f"{entered:.2f}", f"{expected:.2f}")
        return {
            "kind": kind,
            "key": "|".join(facts),
            "subject": subject,
            "line_id": line.id if line else False,
            "entered": float(entered),
            "expected": float(expected),
            "formula": formula,
        }

    # ------------------------------------------------------------------ Gaps
    def _find_gaps(self):
        """Coverage: models sold × plans × insurers with an agreement."""
        sold = self._models_sold()
        insurers = self._agreed_insurers()
        result = {}
        for sheet in self:
            company = sheet.company_id
            plans = sheet.line_ids.plan_id | sheet.previous_id.line_ids.plan_id
            models_ = {line.model_key: line.model_text for line in sheet.line_ids}
            found = [
                self._finding(
                    "model",
                    self.env._("%(model)s (%(count)s sold)", model=text, count=count),
                )
                for key, (text, count) in sorted(sold.get(company.id, {}).items())
                if key not in models_
            ]
            present = {(line.model_key, line.plan_id) for line in sheet.line_ids}
            found += [
                self._finding("plan", f"{text} · {plan.name}")
                for key, text in models_.items()
                for plan in plans
                if (key, plan) not in present
            ]
            wanted = insurers.get(company, self.env["res.partner"])
            wanted |= sheet.line_ids.offer_ids.insurer_id
            for line in sheet.line_ids:
                found += self._line_gaps(line, wanted)
            result[sheet] = found
        return result

    def _line_gaps(self, line, insurers):
        offered = line.offer_ids.insurer_id
        return [
            self._finding("insurer", f"{line.display_name} · {insurer.name}", line)
            for insurer in insurers - offered
        ] + [
            self._finding(
                "empty", f"{line.display_name} · {offer.insurer_id.name}", line
            )
            for offer in line.offer_ids
            if offer.currency_id.is_zero(offer.commercial_premium)
        ]

    def _models_sold(self):
        """Models that the stores delivered lately.

        :return: dict company id -> dict model key -> (text, number of cars)
        """
        today = fields.Date.context_today(self)
        result = {}
        for company in self.company_id:
            since = fields.Date.subtract(
                today, months=company.dealer_rate_sheet_sold_months
            )
            cars = self.env["dealer.vehicle"]._read_group(
                Domain("company_id", "=", company.id)
                & Domain("delivery_ids", "any", Domain("delivery_date", ">=", since))
                & Domain("model_text", "!=", False),
                ["model_text"],
                ["__count"],
            )
            models_ = result.setdefault(company.id, {})
            for text, count in cars:
                key = name_key(text)
                models_[key] = (text, models_.get(key, (text, 0))[1] + count)
        return result

    def _agreed_insurers(self):
        """Insurers with an agreement in force: dict company -> res.partner."""
        today = fields.Date.context_today(self)
        groups = self.env["dealer.agreement"]._read_group(
            Domain("company_id", "in", self.company_id.ids)
            & Domain("state", "=", "active")
            & Domain("date_from", "<=", today)
            & (Domain("date_to", "=", False) | Domain("date_to", ">=", today)),
            ["company_id"],
            ["insurer_id:recordset"],
        )
        return dict(groups)

    # --------------------------------------------------------------- Figures
    def _find_figures(self):
        """Figures against tariff, tax table, rates and factors."""
        result = {}
        for sheet in self:
            day = sheet.date_from or fields.Date.context_today(sheet)
            cars = {line: sheet._line_car(line) for line in sheet.line_ids}
            tables = sheet._figure_tables(cars, day)
            found = []
            for line in sheet.line_ids:
                found += sheet._line_figures(line, cars[line], tables, day)
            found += sheet._factor_figures(tables)
            result[sheet] = found
        return result

    def _line_car(self, line):
        """The model as a car that the tables understand; it is never stored."""
        return self.env["dealer.vehicle"].new(
            {
                "company_id": line.company_id.id,
                "use_nature": line.use_nature,
                "energy_type": line.energy_type,
                "seats": line.seats,
                "displacement_l": line.displacement_l,
                "purchase_price": line.price or line.list_price,
            }
        )

    def _figure_tables(self, cars, day):
        vehicles = self.env["dealer.vehicle"].concat(*cars.values())
        Rate, Band = self.env["dealer.ctpl.rate"], self.env["dealer.tax.band"]
        texts = {line.cover_text or "" for line in cars}
        covers = {text: self.env["dealer.cover"]._parse_text(text)[0] for text in texts}
        # A line without words of its own has the covers of its plan.
        covers |= {
            line: line.plan_id._cover_items(car)
            for line, car in cars.items()
            if not line.cover_text
        }
        catalogue = self.env["dealer.cover"].union(
            *(cover for items in covers.values() for cover, _item in items)
        )
        return {
            "ctpl": Rate._vehicle_rates(vehicles, day),
            "tax": Band._find_bands(vehicles, day),
            "ranges": self.env["dealer.pricing.range"]._find_ranges(day),
            "loading": self.env["dealer.expense.loading"]._find_loadings(day),
            "covers": covers,
            "rates": self.env["dealer.cover.rate"]._find_tables(
                catalogue, self.company_id, day
            ),
        }

    def _line_rated(self, line, car, tables, day):
        """Our figures of a line: dict ctpl, tax, commercial -> RatedLine."""
        rate, band = tables["ctpl"][car], tables["tax"][car]
        annual = None if not band or band.item == "truck" else round(band.annual, 2)
        items = tables["covers"][line.cover_text or line]
        rated = rate_quote(
            QuoteInput(
                ctpl_base=rate._amount_or_none(),
                ctpl_source=rate.display_name or "",
                tax=TaxInput(
                    annual=annual,
                    months=rating.new_car_months(day.month),
                    source=band.name or "",
                ),
                covers=self._cover_inputs(line, car, items, tables),
                expense_loading=tables["loading"].get(self.env["res.partner"], 0),
            )
        )
        return {priced.kind: priced for priced in rated}

    def _line_figures(self, line, car, tables, day):
        """Compulsory premium, tax, covers and standard premium of one line."""
        tolerance = self.company_id.dealer_rating_tolerance
        items = tables["covers"][line.cover_text or line]
        rated = self._line_rated(line, car, tables, day).values()
        entered = {
            "ctpl": line.ctpl_premium,
            "tax": line.vehicle_tax,
            "standard": line.standard_premium,
        }
        kinds = {"ctpl": "ctpl", "tax": "tax", "commercial": "standard"}
        found = []
        for priced in rated:
            kind = kinds.get(priced.kind)
            if kind and rating.differs(entered[kind], priced.amount, tolerance):
                found.append(
                    self._finding(
                        kind,
                        line.display_name,
                        line,
                        entered[kind],
                        priced.amount,
                        " ".join(filter(None, (priced.formula, priced.source))),
                    )
                )
        wanted = "nev" if line.is_nev else "fuel"
        wrong = [
            cover.name
            for cover, _item in items
            if cover.product_line not in ("any", wanted)
        ]
        if wrong:
            subject = f"{line.display_name} · {', '.join(wrong)}"
            found.append(self._finding("cover", subject, line))
        return found

    def _cover_inputs(self, line, car, items, tables):
        """Covers of a line when rates of all of them are known, else nothing."""
        inputs = []
        none = self.env["dealer.cover.rate"]
        for cover, item in items:
            rows = (
                tables["rates"]
                .get(cover, none)
                ._rate_rows(self.env["res.partner"], self.company_id, car.seats)
            )
            if not rows:
                return ()
            total = item.sum_insured
            if cover.value_insured and not total:
                total = rating.cents(round(line.price or line.list_price, 2))
            inputs.append(CoverInput(cover.code, total, item.seats, rates=rows))
        return tuple(inputs)

    def _factor_figures(self, tables):
        """Pricing factors out of the range, and those that an insurer does not use
        on the other lines (a mistyped premium)."""
        found = []
        offers = self.line_ids.offer_ids.filtered("pricing_factor")
        groups = offers.grouped(lambda offer: (offer.insurer_id, offer.line_id.is_nev))
        for (insurer, is_nev), same in groups.items():
            limits = tables["ranges"].get("nev" if is_nev else "fuel")
            usual = usual_factor([round(offer.pricing_factor, 3) for offer in same])
            for offer in same:
                line = offer.line_id
                subject = f"{line.display_name} · {insurer.name}"
                factor = round(offer.pricing_factor, 4)
                if limits and not (
                    round(limits.factor_min, 4) <= factor <= round(limits.factor_max, 4)
                ):
                    formula = (
                        f"{factor:.4g} ∉ [{limits.factor_min:.4g}, "
                        f"{limits.factor_max:.4g}]"
                    )
                    found.append(
                        self._finding(
                            "range",
                            subject,
                            line,
                            offer.commercial_premium,
                            0,
                            formula,
                        )
                    )
                elif usual and round(factor, 3) != usual:
                    standard = offer.standard_premium or line.standard_premium
                    rated = rating.commercial_premium(round(standard, 2), 1, usual)
                    found.append(
                        self._finding(
                            "factor",
                            subject,
                            line,
                            offer.commercial_premium,
                            rated.amount or 0,
                            rated.formula,
                        )
                    )
        return found
