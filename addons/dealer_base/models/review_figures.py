from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import float_compare
from odoo.tools.misc import format_date, formatLang

from ..tools.review import (
    DECIMALS,
    UNKNOWN,
    Column,
    snapshot,
    snapshot_figures,
    snapshot_rows,
)


class DealerReview(models.Model):
    """Figures and rows of an analysis: computed live, frozen, compared, shown."""

    _inherit = "dealer.review"

    frozen = fields.Json(readonly=True, copy=False)
    frozen_at = fields.Datetime(string="Figures As Of", readonly=True, copy=False)
    live = fields.Json(
        compute="_compute_live", export_string_translation=False, exportable=False
    )
    is_changed = fields.Boolean(
        string="Data Changed Since",
        compute="_compute_is_changed",
        help="Today's data gives other figures than those that were frozen.",
    )
    figure_ids = fields.One2many("dealer.review.figure", "review_id", string="Figures")
    figure_html = fields.Html(
        string="Figures of the Month",
        compute="_compute_figure_html",
        sanitize=False,
        exportable=False,
    )
    table_html = fields.Html(
        string="Details",
        compute="_compute_table_html",
        sanitize=False,
        exportable=False,
    )
    live_html = fields.Html(
        string="Details of Today",
        compute="_compute_live_html",
        sanitize=False,
        exportable=False,
    )

    # -------------------------------------------------------- What a kind adds
    def _review_figures(self):
        """Figures of the period from the data of today.

        :return: dict review -> list of ``tools.review.Figure``; empty for a kind that
            brings none
        """
        return self._by_kind("figures", list)

    def _review_rows(self):
        """Rows of the tables of the period from the data of today.

        :return: dict review -> {table code: list of dict}
        """
        return self._by_kind("rows", dict)

    def _review_tables(self):
        """Tables of the kind in words: list of ``tools.review.Table``."""
        method = getattr(self, f"_tables_{self.kind}", None)
        return method() if method else []

    def _review_labels(self):
        """Names of the figures of the kind: dict code -> translated text."""
        method = getattr(self, f"_labels_{self.kind}", None)
        return method() if method else {}

    def _by_kind(self, what, empty):
        result = {review: empty() for review in self}
        for kind, reviews in self.grouped("kind").items():
            method = getattr(reviews, f"_{what}_{kind}", None)
            if method:
                result.update(method())
        return result

    def _sudo_snapshots(self):
        """dict review -> snapshot of the data of today."""
        # sudo: figures are those of the store, whoever looks at them
        reviews_sudo = self.sudo()
        figures, rows = reviews_sudo._review_figures(), reviews_sudo._review_rows()
        return {review: snapshot(figures[review], rows[review]) for review in self}

    # ----------------------------------------------------------------- Freeze
    def _freeze(self):
        """Keep the data of today as the figures of the analysis."""
        self._sudo_freeze(self._sudo_snapshots())

    def _sudo_freeze(self, snapshots):
        # sudo: nobody holds the right to write figures; callers have checked the post
        now = fields.Datetime.now()
        self.sudo().figure_ids.unlink()
        vals_list = []
        for review, data in snapshots.items():
            review.sudo()._write_protected({"frozen": data, "frozen_at": now})
            vals_list += [
                {
                    "review_id": review.id,
                    "sequence": sequence,
                    "code": item.code,
                    "unit": item.unit,
                    "value": item.value or 0.0,
                    "is_known": item.value is not None,
                    "previous_value": item.previous or 0.0,
                    "previous_known": item.previous is not None,
                }
                for sequence, item in enumerate(snapshot_figures(data).values())
            ]
        self.env["dealer.review.figure"].sudo().create(vals_list)
        self.invalidate_recordset(["live", "figure_ids"])

    # ----------------------------------------------------------------- Compare
    @api.depends("kind", "date_from", "company_id", "frozen")
    def _compute_live(self):
        saved = self.filtered("id")
        (self - saved).live = False
        snapshots = saved._sudo_snapshots()
        for review in saved:
            review.live = snapshots[review]

    @api.depends("frozen", "live")
    def _compute_is_changed(self):
        for review in self:
            review.is_changed = bool(review.frozen) and not review._is_as_frozen()

    def _is_as_frozen(self):
        """Whether the data of today gives what was frozen."""
        frozen, live = self.frozen or {}, self.live or {}
        if frozen.get("tables") != live.get("tables"):
            return False
        old, new = snapshot_figures(frozen), snapshot_figures(live)
        return old.keys() == new.keys() and not any(
            self._differs(old[code].value, new[code].value) for code in old
        )

    @staticmethod
    def _differs(one, other):
        if one is None or other is None:
            return one is not other
        return bool(float_compare(one, other, precision_digits=DECIMALS))

    # -------------------------------------------------------------------- Show
    @api.depends("figure_ids", "is_changed")
    @api.depends_context("lang")
    def _compute_figure_html(self):
        """The figures as a table; those of today beside them when they differ."""
        for review in self:
            names = ["value_text", "previous_text", "change_text"]
            if review.is_changed:
                names += ["live_text", "difference_text"]
            columns = [review.figure_ids._fields[name] for name in names]
            head = [
                Column(field.name, field._description_string(self.env), "count")
                for field in columns
            ]
            label = review.figure_ids._fields["label"]._description_string(self.env)
            rows = [
                [line.label, *(line[name] for name in names)]
                for line in review.figure_ids
            ]
            review.figure_html = bool(rows) and review._grid_html(
                [Column("label", label), *head], rows
            )

    @api.depends("frozen")
    @api.depends_context("lang")
    def _compute_table_html(self):
        for review in self:
            review.table_html = review._tables_html(review.frozen)

    @api.depends("frozen", "live")
    @api.depends_context("lang")
    def _compute_live_html(self):
        for review in self:
            review.live_html = (
                review._tables_html(review.live) if review.is_changed else False
            )

    def _tables_html(self, data):
        parts = []
        for table in self._review_tables():
            parts.append(Markup("<h4 class='mt-3'>%s</h4>") % table.title)
            rows = snapshot_rows(data, table.code)
            if not rows:
                parts.append(Markup("<p class='text-muted'>%s</p>") % table.empty)
                continue
            texts = [
                [
                    self._cell_text(column, row.get(column.key))
                    for column in table.columns
                ]
                for row in rows
            ]
            parts.append(self._grid_html(table.columns, texts))
        return Markup("").join(parts) or False

    def _grid_html(self, columns, rows):
        """A table; numbers stand on the right, their headings too.

        :param columns: ``tools.review.Column`` tuples
        :param rows: list of list of text
        """
        styles = ["text-end" if self._is_number(column) else "" for column in columns]

        def line(tag, texts):
            cells = Markup("").join(
                Markup("<%s class='%s'>%s</%s>") % (tag, style, text, tag)
                for style, text in zip(styles, texts, strict=True)
            )
            return Markup("<tr>%s</tr>") % cells

        return Markup(
            "<table class='table table-sm table-striped o_dealer_review_table'>"
            "<thead>%s</thead><tbody>%s</tbody></table>"
        ) % (
            line("th", [column.label for column in columns]),
            Markup("").join(line("td", row) for row in rows),
        )

    @staticmethod
    def _is_number(column):
        return column.kind not in ("text", "date", "choices")

    def _cell_text(self, column, value):
        """Text of one cell in the language of the reader."""
        if column.kind == "choices":
            codes = value if isinstance(value, list) else [value] if value else []
            names = [(column.choices or {}).get(code, code) for code in codes]
            return self.env._(", ").join(names)
        if column.kind == "date":
            return format_date(self.env, value) if value else ""
        if column.kind == "text":
            return value or ""
        return self._number_text(value, column.kind)

    def _number_text(self, value, unit):
        """A figure as people read it; what is not known is a dash, never a zero.

        :param value: number or None
        :param unit: see ``tools.review.Figure``
        """
        if value is None:
            return UNKNOWN
        if unit == "share":
            return f"{formatLang(self.env, value * 100, digits=1)}%"
        if unit == "money":
            return formatLang(self.env, value, currency_obj=self.currency_id)
        return formatLang(self.env, value, digits=1 if unit == "hours" else 0)


class DealerReviewFigure(models.Model):
    """A frozen figure of an analysis, with what it would be today.

    Lines are written by ``dealer.review._freeze`` only.
    """

    _name = "dealer.review.figure"
    _description = "Figure of an Analysis"
    _order = "review_id, sequence, id"
    _check_company_auto = True

    review_id = fields.Many2one(
        "dealer.review", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="review_id.company_id", store=True, index=True, string="Store"
    )
    kind = fields.Selection(related="review_id.kind", store=True)
    date_from = fields.Date(related="review_id.date_from", store=True, string="Month")
    sequence = fields.Integer()
    code = fields.Char(required=True, index=True)
    unit = fields.Char(required=True)
    label = fields.Char(string="Figure", compute="_compute_label")
    value = fields.Float(digits=(16, 6), aggregator="avg")
    is_known = fields.Boolean()
    previous_value = fields.Float(digits=(16, 6), aggregator=None)
    previous_known = fields.Boolean()
    value_text = fields.Char(string="This Month", compute="_compute_texts")
    previous_text = fields.Char(string="Month Before", compute="_compute_texts")
    change_text = fields.Char(string="Change", compute="_compute_texts")
    live_text = fields.Char(string="Today", compute="_compute_texts")
    difference_text = fields.Char(string="Difference", compute="_compute_texts")
    is_changed = fields.Boolean(compute="_compute_texts")

    @api.depends("code", "review_id.kind")
    @api.depends_context("lang")
    def _compute_label(self):
        labels = {}
        for line in self:
            review = line.review_id
            if review.kind not in labels:
                labels[review.kind] = review._review_labels()
            line.label = labels[review.kind].get(line.code, line.code)

    @api.depends("review_id.live", "value", "previous_value")
    @api.depends_context("lang")
    def _compute_texts(self):
        live = {
            review: snapshot_figures(review.live) for review in self.mapped("review_id")
        }
        for line in self:
            review = line.review_id
            value = line.value if line.is_known else None
            before = line.previous_value if line.previous_known else None
            today = live[review].get(line.code)
            now = today.value if today else None
            line.value_text = review._number_text(value, line.unit)
            line.previous_text = review._number_text(before, line.unit)
            line.change_text = line._difference(value, before)
            line.live_text = review._number_text(now, line.unit)
            line.is_changed = review._differs(value, now)
            line.difference_text = (
                line._difference(now, value) if line.is_changed else ""
            )

    def _difference(self, value, base):
        """Difference with its sign; shares differ by percentage points."""
        if value is None or base is None:
            return ""
        change = value - base
        if not self.review_id._differs(value, base):
            return self.review_id._number_text(0.0, self.unit)
        text = self.review_id._number_text(change, self.unit)
        if self.unit == "share":
            number = formatLang(self.env, change * 100, digits=1)
            text = self.env._("%(number)s points", number=number)
        return text if change < 0 else f"+{text}"
