import re
from collections import defaultdict

from odoo import api, models
from odoo.fields import Domain

from odoo.addons.dealer_base.models.vehicle import ENERGY_SELECTION, NEV_ENERGY_TYPES
from odoo.addons.dealer_base.tools.header import normalise

from ..tools import rating
from ..tools.import_columns_rates import PREMIUM_WORDS, rate_columns
from ..tools.import_facts import day, litres, money
from ..tools.rate_sheet_text import litres_of, name_key, read_title
from ..tools.rating_quote import QuoteInput, rate_quote
from ..tools.rating_tax import TaxInput

# Seats of a car whose sheet does not tell.
USUAL_SEATS = 5
_KEY = re.compile(r"(commercial|standard|ctpl|tax|other|total)_(\d+)$")
_PREMIUMS = {normalise(word) for word in PREMIUM_WORDS}


class RateSheetImportKind(models.AbstractModel):
    """Rate sheet of new cars (费率表): model × plan × insurer.

    Insurers stand side by side in groups of columns, or below each other, one line
    each. Validity, version and publisher come from the lines above the table or from
    columns. Every sheet of a file becomes a draft rate sheet.
    """

    _name = "dealer.import.kind.rate_sheet"
    _inherit = ["dealer.import.kind", "dealer.import.loader"]
    _description = "Import of Rate Sheets"
    _kind_label = "Rate sheet"
    _kind_sequence = 30
    _kind_groups = (
        "dealer_base.group_policy_clerk",
        "dealer_base.group_uw_leader",
        "dealer_base.group_dealer_admin",
    )

    @api.model
    def _kind_name(self):
        return self.env._("Rate sheet")

    @api.model
    def _import_fields(self):
        return rate_columns(self.env._, self._insurer_names(), self._energy_words())

    @api.model
    def _energy_words(self):
        """Names of the energy types as our own screens and prints show them."""
        field = self.env["dealer.vehicle"]._fields["energy_type"]
        labels = [*ENERGY_SELECTION, *field._description_selection(self.env)]
        return {label: key for key, label in labels}

    @api.model
    def _insurer_names(self):
        """(id, name, every name) of the insurers, for the headers."""
        result = []
        for insurer in self.env["res.partner"].search(
            [("is_insurer", "=", True)], order="id"
        ):
            names = [insurer.name, insurer.insurer_code]
            names += (insurer.insurer_aliases or "").splitlines()
            names = [name.strip() for name in names if name and name.strip()]
            result.append((insurer.id, insurer.name, tuple(dict.fromkeys(names))))
        return result

    @api.model
    def _key_fields(self):
        return ["model", "plan"]

    @api.model
    def _has_key(self, row):
        # OVERRIDE dealer_base: the name of a model is words, not a number
        filled = [key for key in ("model", "plan") if row.values.get(key)]
        return bool(filled), len(filled) == 2

    @api.model
    def _natural_key(self, values):
        """One line of one version: model, plan and, one below the other, insurer."""
        if not values.get("model") or not values.get("plan"):
            return ""
        parts = (
            values.get("date_from") or "",
            values.get("version") or "",
            name_key(values["model"]),
            name_key(values["plan"]),
            name_key(values.get("insurer")),
        )
        return "|".join(map(str, parts))

    @api.model
    def _prepare_rows(self, run, rows):
        """Facts of the title; the energy and seats that the sheet leaves out."""
        titles = {}
        for row in rows:
            if row.sheet.record_id not in titles:
                titles[row.sheet.record_id] = read_title(
                    [*row.sheet.texts, row.sheet.name]
                )
            title = titles[row.sheet.record_id]
            for key in ("date_from", "date_to", "version", "publisher"):
                if row.get(key) is None:
                    row.values[key] = getattr(title, key) or None

    # -- checks -----------------------------------------------------------------

    @api.model
    def _check_rows(self, run, rows):
        lines = [row for row in rows if row.kind == "data" and not row.dropped]
        self._check_insurers(run, lines)
        texts = {row.get("covers") for row in lines} - {None}
        covers = {text: self.env["dealer.cover"]._parse_text(text) for text in texts}
        for sheet_rows in _by_sheet(lines).values():
            first = sheet_rows[0]
            if not first.get("date_from") or not first.get("date_to"):
                first.add("rate_sheet_no_period", None, value="")
            self._check_figures(run, sheet_rows)
        for row in lines:
            self._check_sums(row)
            self._check_covers(row, covers)

    def _check_insurers(self, run, lines):
        """Columns and cells of insurers that nobody knows."""
        unmapped = defaultdict(list)
        for sheet in run.sheet_ids:
            for column in sheet.column_ids:
                group, _slash, label = (column.title or "").rpartition("/")
                if (
                    group
                    and not column.field_key
                    and not column.ignored
                    and normalise(label) in _PREMIUMS
                ):
                    unmapped[sheet.id].append((column.col_index, column.title, group))
        index = self.env["res.partner"]._insurer_index()
        for row in lines:
            for col, title, group in unmapped[row.sheet.record_id]:
                key = f"unknown_{col}"
                row.sheet.columns[key] = (col, title)
                row.texts[key] = row.cells.get(col, "")
                row.add("unknown_insurer", key, value=group)
            name = row.get("insurer")
            if name and not self.env["res.partner"]._find_insurer(name, index):
                row.add("unknown_insurer", "insurer")

    def _check_sums(self, row):
        """Printed totals of every insurer against their parts."""
        for number, found in self._offers(row).items():
            key = "total" if number is None else f"total_{number}"
            parts = ("ctpl", "tax", "commercial", "other")
            keys = [found["keys"][part] for part in parts if part in found["keys"]]
            total = found.get("total")
            if total is None or row.doubtful(key, *keys):
                continue
            if found.get("commercial") is None:
                continue
            expected = sum(found.get(part) or 0 for part in parts)
            if rating.differs(total, expected):
                row.add(
                    "sum_mismatch",
                    key,
                    suggestion=rating.cents(expected),
                    expected=rating.cents(expected),
                )

    def _check_covers(self, row, covers):
        """Cover texts that nobody reads, fuel covers for new energy cars."""
        text = row.get("covers")
        if not text:
            return
        items, unknown = covers[text]
        if unknown:
            row.add("rate_sheet_unknown_cover", "covers", parts=" + ".join(unknown))
        if row.get("energy") not in NEV_ENERGY_TYPES:
            return
        counterparts = {
            cover.fuel_cover_id: cover
            for cover in self.env["dealer.cover"].search(
                [("fuel_cover_id", "!=", False)]
            )
        }
        for cover, _item in items:
            if cover.product_line == "fuel":
                row.add(
                    "nev_fuel_product",
                    "covers",
                    cover=cover.name,
                    expected=counterparts.get(cover, cover).name,
                )
                return

    def _check_figures(self, run, rows):
        """Compulsory premium by tariff, vehicle tax by table of the first month."""
        start = rows[0].get("date_from")
        when = day(start) if start else run.create_date.date()
        known = self.env["dealer.rate.sheet.line"]._displacements_sold(
            run.company_id, list({row.get("model") for row in rows} - {None})
        )
        cars = {row: self._row_car(run, row, known) for row in rows}
        vehicles = self.env["dealer.vehicle"].concat(*cars.values())
        rates = self.env["dealer.ctpl.rate"]._vehicle_rates(vehicles, when)
        bands = self.env["dealer.tax.band"]._find_bands(vehicles, when)
        months = rating.new_car_months(when.month)
        for row, car in cars.items():
            band = bands[car]
            annual = round(band.annual, 2) if band and band.item != "truck" else None
            rated = rate_quote(
                QuoteInput(
                    ctpl_base=rates[car]._amount_or_none(),
                    ctpl_source=rates[car].display_name or "",
                    tax=TaxInput(annual=annual, months=months, source=band.name or ""),
                )
            )
            ours = {line.kind: line for line in rated}
            if not start:
                # The months of a new car's tax follow from the period.
                ours.pop("tax")
            for number, found in self._offers(row).items():
                if number and found["keys"].get("ctpl") == "ctpl":
                    # The common column; it is compared once, below.
                    continue
                self._compare(row, found, ours)
            self._compare(row, _common(row), ours)

    def _compare(self, row, found, ours):
        codes = {"ctpl": "ctpl_premium_mismatch", "tax": "rate_sheet_tax_mismatch"}
        for kind, code in codes.items():
            line = ours.get(kind)
            key = found["keys"].get(kind)
            if not line or not key or row.has(code, key) or row.doubtful(key):
                continue
            if rating.differs(found.get(kind), line.amount):
                row.add(
                    code,
                    key,
                    suggestion=line.amount,
                    expected=line.amount,
                    formula=line.formula,
                )

    def _row_car(self, run, row, known):
        model = row.get("model") or ""
        return self.env["dealer.vehicle"].new(
            {
                "company_id": run.company_id.id,
                "use_nature": "private",
                "energy_type": row.get("energy") or "fuel",
                "seats": row.get("seats") or USUAL_SEATS,
                "displacement_l": float(litres(row.get("displacement")) or 0)
                or known.get((run.company_id.id, model))
                or litres_of(model),
            }
        )

    def _offers(self, row):
        """Figures per insurer: dict insurer id (None: the line's own) -> dict.

        ``keys`` tells the field of each figure. What an insurer does not say himself
        (compulsory premium, tax, standard premium) is that of the line.
        """
        offers = {}
        columns = row.sheet.columns
        for key, value in sorted(
            row.values.items(), key=lambda item: columns.get(item[0], (0,))[0]
        ):
            match = _KEY.match(key)
            if match and value is not None:
                kind, number = match[1], int(match[2])
                found = offers.setdefault(number, {"keys": {}})
                found[kind] = money(value)
                found["keys"][kind] = key
        if row.get("insurer") or row.get("commercial") is not None:
            found = offers.setdefault(None, {"keys": {}})
            for kind in ("commercial", "other", "total"):
                if row.get(kind) is not None:
                    found[kind] = money(row.get(kind))
                    found["keys"][kind] = kind
        common = _common(row)
        for found in offers.values():
            for kind in ("ctpl", "tax", "standard"):
                if found.get(kind) is None and common.get(kind) is not None:
                    found[kind] = common[kind]
                    found["keys"][kind] = kind
        return offers

    # -- load -------------------------------------------------------------------

    @api.model
    def _load_rows(self, run, rows):
        plans = self._load_plans(run, rows)
        sheets = self._load_sheets(run, rows)
        index = self.env["res.partner"]._insurer_index()
        known = self._known_lines(sheets, rows)
        vals_list, keys = [], {}
        result = {}
        for row in rows:
            sheet = sheets[row.sheet.record_id or row.sheet.name]
            plan = plans[name_key(row.get("plan"))]
            key = (sheet.id, name_key(row.get("model")), plan.id)
            offers = self._offer_vals(row, index)
            if key in known:
                # One line per insurer: the next insurer of a line that is there.
                known[key].write({"offer_ids": [(0, 0, vals) for vals in offers]})
                result[row] = known[key]
            elif key in keys:
                vals_list[keys[key]]["offer_ids"] += [(0, 0, vals) for vals in offers]
                result[row] = keys[key]
            else:
                keys[key] = len(vals_list)
                result[row] = keys[key]
                vals_list.append(
                    {
                        **self._prepare_line_vals(row, sheet, plan),
                        "offer_ids": [(0, 0, vals) for vals in offers],
                    }
                )
        lines = self.env["dealer.rate.sheet.line"].create(vals_list)
        return {
            row: lines[found] if isinstance(found, int) else found
            for row, found in result.items()
        }

    def _known_lines(self, sheets, rows):
        ids = [sheet.id for sheet in sheets.values()]
        keys = [name_key(row.get("model")) for row in rows]
        lines = self.env["dealer.rate.sheet.line"].search(
            Domain("sheet_id", "in", ids) & Domain("model_key", "in", keys)
        )
        return {
            (line.sheet_id.id, line.model_key, line.plan_id.id): line for line in lines
        }

    def _load_plans(self, run, rows):
        """Plans by the key of their name; an unknown one is made of its covers."""
        Plan = self.env["dealer.cover.plan"]
        index = Plan._plan_index(run.company_id)
        plans, missing = {}, {}
        for row in rows:
            name = row.get("plan")
            plan = Plan._find_plan(name, index)
            if plan:
                plans[name_key(name)] = plan
            else:
                missing.setdefault(name_key(name), (name, row.get("covers")))
        created = self._sudo_create_masters(
            "dealer.cover.plan",
            [
                {"name": name, "company_id": run.company_id.id, "sequence": 50 + place}
                for place, (name, _covers) in enumerate(missing.values())
            ],
        )
        for plan, (key, (_name, covers)) in zip(created, missing.items(), strict=True):
            if covers:
                self._sudo_take_covers(plan, covers)
            plans[key] = plan
        return plans

    def _sudo_take_covers(self, plan, covers):
        # sudo: as _sudo_create_masters; a plan that this import has just made
        plan.sudo()._take_covers(covers)

    def _load_sheets(self, run, rows):
        """The draft rate sheet of each sheet of the file; batches share it."""
        Sheet = self.env["dealer.rate.sheet"]
        known = {
            sheet.import_sheet: sheet
            for sheet in Sheet.search(
                Domain("import_id", "=", run.id) & Domain("state", "=", "draft")
            )
        }
        sheets = {}
        for place, same in _by_sheet(rows).items():
            row = same[0]
            name = row.sheet.name or str(place)
            if name not in known:
                known[name] = Sheet.create(self._prepare_sheet_vals(run, row, name))
            sheets[place] = known[name]
        return sheets

    def _prepare_sheet_vals(self, run, row, name):
        record = self.env["dealer.import.sheet"].browse(row.sheet.record_id or [])
        texts = row.sheet.texts or (record.texts if record else []) or []
        title = read_title(texts).title
        return {
            "name": title or run.file_name or name,
            "company_id": run.company_id.id,
            "version": row.get("version") or "V1",
            "date_from": day(row.get("date_from")) or False,
            "date_to": day(row.get("date_to")) or False,
            "publisher": row.get("publisher") or False,
            "import_id": run.id,
            "import_sheet": name,
        }

    def _prepare_line_vals(self, row, sheet, plan):
        offers = self._offers(row)
        first = next(iter(offers.values()), {})
        found = {**first, **{k: v for k, v in _common(row).items() if v is not None}}
        vals = {
            "sheet_id": sheet.id,
            "sequence": row.row_no,
            "series": row.get("series") or False,
            "model_text": row.get("model"),
            "energy_type": row.get("energy") or "fuel",
            "seats": row.get("seats") or USUAL_SEATS,
            "list_price": float(money(row.get("list_price")) or 0),
            "price": float(money(row.get("price")) or 0),
            "plan_id": plan.id,
            "cover_text": row.get("covers") or False,
            "ctpl_premium": float(found.get("ctpl") or 0),
            "vehicle_tax": float(found.get("tax") or 0),
            "standard_premium": float(found.get("standard") or 0),
        }
        if row.get("displacement"):
            vals["displacement_l"] = float(litres(row.get("displacement")) or 0)
        return vals

    def _offer_vals(self, row, index):
        """Values of the offers of one row."""
        common = _common(row)
        vals_list = []
        for sequence, (number, found) in enumerate(self._offers(row).items()):
            if found.get("commercial") is None:
                continue
            if number is None:
                insurer = self.env["res.partner"]._find_insurer(
                    row.get("insurer"), index
                )
                number = insurer.id
            own = found.get("standard")
            vals_list.append(
                {
                    "insurer_id": number,
                    "sequence": 10 + sequence,
                    "commercial_premium": float(found["commercial"]),
                    "other_premium": float(found.get("other") or 0),
                    "standard_premium": (
                        float(own) if own and own != common.get("standard") else 0.0
                    ),
                }
            )
        return vals_list


def _by_sheet(rows):
    """Rows by the sheet of the file they stand on."""
    result = defaultdict(list)
    for row in rows:
        result[row.sheet.record_id or row.sheet.name].append(row)
    return result


def _common(row):
    """Figures of a line that hold for every insurer."""
    found = {"keys": {}}
    for kind in ("ctpl", "tax", "standard"):
        if row.get(kind) is not None:
            found[kind] = money(row.get(kind))
            found["keys"][kind] = kind
    return found
