from collections import Counter, defaultdict

from odoo import models

from ..tools.import_field import as_text, digest, values_to_json
from ..tools.names import variant_of

# Keys per query when looking for lines of earlier runs
LOOKUP_CHUNK = 5000
# A name of the staff list weighs as much as one written often in the file
KNOWN_STAFF_WEIGHT = 1000


class DealerImport(models.Model):
    """What every kind needs: empty cells, second copies, names, earlier imports."""

    _inherit = "dealer.import"

    # ---------------------------------------------------------- general checks

    def _add_missing(self, rows, import_fields):
        """Report empty cells of fields that must be filled."""
        needed = [item for item in import_fields if item.missing_code]
        for row in rows:
            for item in needed:
                if (
                    item.key in row.sheet.columns
                    and row.values.get(item.key) is None
                    and not any(found.field_key == item.key for found in row.findings)
                ):
                    row.add(item.missing_code, item.key, value="")

    def _mark_copies(self, kind, rows, import_fields):
        """Second copies of a line are dropped; same key, other values: error."""
        decisions = self._decisions_by_row()
        first_of = {}
        for row in rows:
            if row.dropped or not row.natural_key:
                continue
            first = first_of.setdefault(row.natural_key, row)
            if first is row:
                continue
            decided = decisions.get((row.sheet.record_id, row.row_no), {})
            if decided.get("keep"):
                continue
            key = next(
                (key for key in kind._key_fields() if key in row.sheet.columns), None
            )
            other = {
                item.key
                for item in import_fields
                if item.compared
                and row.values.get(item.key) != first.values.get(item.key)
            }
            facts = {"first": first.row_no, "sheet": first.sheet.name}
            if not other or row.source_digest == first.source_digest:
                row.add("duplicate_row", key, **facts)
                row.dropped = True
            else:
                labels = ", ".join(
                    str(item.label) for item in import_fields if item.key in other
                )
                row.add("duplicate_key", key, differs=labels, **facts)

    def _add_name_variants(self, rows, import_fields):
        """Suggest the full name for shortened or misspelt names of colleagues."""
        staff_fields = [item for item in import_fields if item.type == "staff"]
        if not staff_fields:
            return
        master, aliases = self._known_staff()
        for item in staff_fields:
            column = Counter(
                row.values[item.key] for row in rows if row.values.get(item.key)
            )
            if not column:
                continue
            known = Counter(column)
            for name in master:
                known[name] += KNOWN_STAFF_WEIGHT
            answers = {}
            for name in column:
                if name in master:
                    continue
                if name in aliases:
                    answers[name] = aliases[name]
                else:
                    answers[name] = variant_of(name, column) or variant_of(name, known)
            for row in rows:
                full = answers.get(row.values.get(item.key))
                if full:
                    row.add("name_variant", item.key, suggestion=full)

    def _known_staff(self):
        """Return (set of full names, {alias: full name}) of the store."""
        staff = (
            self.env["dealer.staff"]
            .with_context(active_test=False)
            .search([("company_id", "=", self.company_id.id)])
        )
        aliases = {}
        for person in staff:
            for alias in (person.aliases or "").splitlines():
                if alias.strip():
                    aliases.setdefault(alias.strip(), person.name)
        return {person.name for person in staff}, aliases

    # --------------------------------------------------------------- re-import

    def _find_previous(self, rows, import_fields):
        """Recognise lines that an earlier run has imported.

        :return: {row: (state, earlier dealer.import.row)}; rows of state "changed" get
            the warning `changed_since_import`
        """
        known = self._kind_model()._known_rows(self, rows)
        if known is not None:
            return known
        by_key, by_source = {}, {}
        for name, index, wanted in (
            ("natural_key", by_key, {row.natural_key for row in rows} - {""}),
            ("source_digest", by_source, {row.source_digest for row in rows}),
        ):
            wanted = sorted(wanted)
            for start in range(0, len(wanted), LOOKUP_CHUNK):
                found = self.env["dealer.import.row"].search_fetch(
                    [
                        ("company_id", "=", self.company_id.id),
                        ("kind", "=", self.kind),
                        ("state", "=", "done"),
                        ("run_id", "!=", self.id),
                        (name, "in", wanted[start : start + LOOKUP_CHUNK]),
                    ],
                    [
                        name,
                        "values_digest",
                        "source_digest",
                        "values",
                        "res_model",
                        "res_id",
                    ],
                    order="id",
                )
                index.update((record[name], record) for record in found)
        alive = self._alive_records([*by_key.values(), *by_source.values()])
        result = {}
        for row in rows:
            earlier = by_source.get(row.source_digest) or by_key.get(row.natural_key)
            if not earlier or (earlier.res_id and earlier.id not in alive):
                continue
            data = values_to_json(row.values)
            same = earlier.source_digest == row.source_digest or (
                earlier.values_digest == digest(data, import_fields)
            )
            if same:
                result[row] = ("unchanged", earlier)
                continue
            old = earlier.values or {}
            differs = [
                f"{item.label}: {as_text(old.get(item.key)) or '-'} → "
                f"{as_text(data.get(item.key)) or '-'}"
                for item in import_fields
                if item.compared and old.get(item.key) != data.get(item.key)
            ]
            if not row.dropped:
                row.add("changed_since_import", None, differs="; ".join(differs))
            result[row] = ("changed", earlier)
        return result

    def _alive_records(self, earlier_rows):
        """Return the ids of import rows whose record still exists."""
        by_model = defaultdict(set)
        for record in earlier_rows:
            if record.res_id and record.res_model in self.env:
                by_model[record.res_model].add(record.res_id)
        existing = {
            model: set(self.env[model].browse(res_ids).exists().ids)
            for model, res_ids in by_model.items()
        }
        return {
            record.id
            for record in earlier_rows
            if record.res_id in existing.get(record.res_model, ())
        }
