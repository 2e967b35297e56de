from datetime import datetime, time

from dateutil import tz

from odoo import api, models
from odoo.fields import Domain

from odoo.addons.dealer_base.tools.names import variant_of
from odoo.addons.dealer_base.tools.naming import text_key

from ..tools.import_facts import day, litres, money

#: Fields of a car that an import may fill in where the master is silent.
FILLED_LATER = ("plate", "engine_no", "registration_date", "purchase_price", "owner_id")
#: Fields whose values are choices that a check may suggest.
WORDED_FIELDS = ("energy", "in_store")


class DealerImportLoader(models.AbstractModel):
    """Masters that imported ledgers name: people, cars, staff, teams, banks.

    Each method takes a whole batch, looks everything up in a constant number of
    queries and creates what is missing in one call. Masters are created with the
    rights of the system, because a clerk who may import a ledger need not hold the
    right to edit staff or banks; the caller has checked the right to import.
    """

    _name = "dealer.import.loader"
    _description = "Masters of Imported Ledgers"

    # -- people -----------------------------------------------------------------

    @api.model
    def _person_key(self, name, id_type=None, id_no=None, mobile=None):
        """Identity of a person in a file: document, else name with telephone."""
        if id_no:
            return ("id", id_type or "other", id_no)
        return ("name", name or "", mobile or "")

    @api.model
    def _load_partners(self, run, people):
        """Contacts of the people a batch names.

        A person is known by the identity document, else by name and telephone. A
        contact without document whose name and telephone agree gets the document.

        :param people: iterable of dict name, id_type, id_no, mobile
        :return: dict of person key (``_person_key``) -> res.partner
        """
        wanted = {}
        for person in people:
            key = self._person_key(**person)
            if person.get("name") or person.get("id_no"):
                wanted.setdefault(key, person)
        if not wanted:
            return {}
        found = self._find_partners(run, wanted)
        missing = [key for key in wanted if key not in found]
        partners = self._sudo_create_masters(
            "res.partner",
            [self._prepare_partner_vals(run, wanted[key]) for key in missing],
        )
        found.update(zip(missing, partners, strict=True))
        return found

    def _find_partners(self, run, wanted):
        numbers = {key[2] for key in wanted if key[0] == "id"}
        names = {person["name"] for person in wanted.values() if person.get("name")}
        # sudo: as _sudo_create_masters; identity numbers are compared, not shown
        candidates_sudo = (
            self.env["res.partner"]
            .sudo()
            .search(
                Domain("company_id", "in", [False, run.company_id.id])
                & Domain("is_insurer", "=", False)
                & (
                    Domain("id_number", "in", list(numbers))
                    | Domain("name", "in", list(names))
                ),
                order="id desc",
            )
        )
        by_number, by_name = {}, {}
        for partner in candidates_sudo:
            if partner.id_number:
                by_number[partner.id_type or "other", partner.id_number] = partner
            by_name[partner.name, partner.phone or "", bool(partner.id_number)] = (
                partner
            )
        found = {}
        for key, person in wanted.items():
            name, mobile = person.get("name"), person.get("mobile") or ""
            partner = None
            if key[0] == "id":
                partner = by_number.get(key[1:])
                if not partner and mobile:
                    partner = by_name.pop((name, mobile, False), None)
                    if partner:
                        partner.write({"id_type": key[1], "id_number": key[2]})
            else:
                # Without a telephone only a contact that has none either is the same.
                partner = by_name.get((name, mobile, False))
                if not partner and mobile:
                    partner = by_name.get((name, mobile, True))
            if partner:
                found[key] = partner.with_env(self.env)
        return found

    def _prepare_partner_vals(self, run, person):
        id_type = person.get("id_type")
        is_company = id_type in ("uscc", "org_code")
        return {
            "name": person.get("name") or person.get("id_no"),
            "phone": person.get("mobile") or False,
            "id_type": id_type or ("other" if person.get("id_no") else False),
            "id_number": person.get("id_no") or False,
            "is_company": is_company,
            "company_id": run.company_id.id,
            "lang": self.env.lang,
        }

    @api.model
    def _load_organisations(self, run, names):
        """Banks and finance companies by name.

        :return: dict name -> res.partner
        """
        names = {name for name in names if name}
        if not names:
            return {}
        partners = self.env["res.partner"].search(
            [
                ("name", "in", list(names)),
                ("is_company", "=", True),
                ("company_id", "in", [False, run.company_id.id]),
            ],
            order="id desc",
        )
        found = {partner.name: partner for partner in partners}
        missing = sorted(names - set(found))
        created = self._sudo_create_masters(
            "res.partner",
            [
                {"name": name, "is_company": True, "company_id": run.company_id.id}
                for name in missing
            ],
        )
        found.update(zip(missing, created, strict=True))
        return found

    # -- cars -------------------------------------------------------------------

    @api.model
    def _prepare_vehicle_vals(self, values, owner=None, beneficiary=None):
        """Values of a car from the normalised values of a line."""
        vals = {
            "vin": values.get("vin"),
            "plate": values.get("plate") or False,
            "engine_no": values.get("engine_no") or False,
            "model_text": values.get("model") or values.get("series") or False,
            "color": values.get("colour") or False,
            "registration_date": day(values.get("reg_date")) or False,
            "owner_id": owner.id if owner else False,
            "first_beneficiary_id": beneficiary.id if beneficiary else False,
        }
        price = money(values.get("purchase_price") or values.get("price"))
        if price:
            vals["purchase_price"] = float(price)
        if values.get("seats"):
            vals["seats"] = values["seats"]
        displacement = litres(values.get("displacement"))
        if displacement is not None:
            vals["displacement_l"] = float(displacement)
        for key, fname in (("energy", "energy_type"), ("use_nature", "use_nature")):
            if values.get(key):
                vals[fname] = values[key]
        return vals

    @api.model
    def _load_vehicles(self, run, vals_list):
        """Cars by VIN; what the master already says is never overwritten.

        :param vals_list: values from ``_prepare_vehicle_vals``, one per line
        :return: dict VIN -> dealer.vehicle
        """
        merged = {}
        for vals in vals_list:
            known = merged.setdefault(vals["vin"], {})
            # Later lines know the plate and the owner of today.
            known.update({name: value for name, value in vals.items() if value})
        Vehicle = self.env["dealer.vehicle"]
        vehicles = Vehicle._find_by_vin(list(merged), run.company_id)
        new = []
        for vin, vals in merged.items():
            vehicle = vehicles.get(vin)
            if not vehicle:
                new.append({**vals, "company_id": run.company_id.id})
                continue
            gaps = {
                name: vals[name]
                for name in FILLED_LATER
                if vals.get(name) and not vehicle[name]
            }
            if gaps:
                self._sudo_fill(vehicle, gaps)
        for vehicle in self._sudo_create_masters("dealer.vehicle", new):
            vehicles[vehicle.vin] = vehicle
        return vehicles

    # -- staff ------------------------------------------------------------------

    @api.model
    def _staff_names(self, run):
        """Names and spellings of the store's staff: dict spelling -> dealer.staff."""
        staff = (
            self.env["dealer.staff"]
            .with_context(active_test=False)
            .search([("company_id", "=", run.company_id.id)], order="active, id desc")
        )
        return {name: person for person in staff for name in person._spellings()}

    @api.model
    def _load_staff(self, run, posts, teams=None):
        """Staff by name; unknown people get a record without login.

        :param posts: dict name -> post of the column in which the name stands
        :param teams: dict name -> dealer.team
        :return: dict name -> dealer.staff
        """
        known = self._staff_names(run)
        found, missing = {}, []
        for name in posts:
            full = name if name in known else variant_of(name, dict.fromkeys(known, 9))
            if full and full in known:
                found[name] = known[full]
            else:
                missing.append(name)
        # A short form may stand for somebody who is new with this very batch.
        counts = dict.fromkeys(missing, 9)
        short = {name: variant_of(name, {**counts, name: 1}) for name in missing}
        full_names = [name for name in missing if short[name] not in counts]
        created = self._sudo_create_masters(
            "dealer.staff",
            [
                {
                    "name": name,
                    "post": posts[name],
                    "company_id": run.company_id.id,
                    "team_id": teams[name].id if teams and teams.get(name) else False,
                }
                for name in full_names
            ],
        )
        found.update(zip(full_names, created, strict=True))
        for name in missing:
            if name not in found:
                found[name] = found.get(short[name], self.env["dealer.staff"])
        return found

    @api.model
    def _load_teams(self, run, names):
        """Teams by name: dict name -> dealer.team."""
        names = {name for name in names if name}
        if not names:
            return {}
        found = {
            team.name: team
            for team in self.env["dealer.team"].search(
                [("company_id", "=", run.company_id.id), ("name", "in", list(names))]
            )
        }
        missing = sorted(names - set(found))
        created = self._sudo_create_masters(
            "dealer.team",
            [{"name": name, "company_id": run.company_id.id} for name in missing],
        )
        found.update(zip(missing, created, strict=True))
        return found

    # -- helpers ----------------------------------------------------------------

    def _sudo_create_masters(self, model, vals_list):
        # sudo: see the class; the engine has checked that the user may import.
        if not vals_list:
            return self.env[model]
        records = self.env[model].sudo().create(vals_list)
        return records.with_env(self.env)

    def _sudo_fill(self, record, vals):
        # sudo: as _sudo_create_masters; only empty fields of a master are filled
        record.sudo().write(vals)

    @api.model
    def _utc(self, moment, zone):
        """Local date or datetime of the file as naive UTC, False when empty."""
        if not moment:
            return False
        if not isinstance(moment, datetime):
            moment = datetime.combine(moment, time())
        return moment.replace(tzinfo=zone).astimezone(tz.UTC).replace(tzinfo=None)

    @api.model
    def _free_choice(self, mapping, text, default=False):
        """Value of a free wording: exact, else the longest word in it.

        :param mapping: dict wording -> value
        """
        key = text_key(text)
        if not key:
            return default
        words = sorted(
            ((text_key(word), value) for word, value in mapping.items()),
            key=lambda pair: -len(pair[0]),
        )
        for word, value in words:
            if word and (word == key or word in key):
                return value
        return default

    @api.model
    def _report_issues(self, issues, lines):
        """Hand the problems of the pure checks to the engine.

        A suggested choice is put in the words the file itself uses for it.

        :param issues: :class:`~..tools.import_facts.Issue` tuples
        :param lines: data rows of the file
        """
        words = {}
        for row in lines:
            for key in WORDED_FIELDS:
                if row.get(key) is not None and row.texts.get(key):
                    words.setdefault((key, row.get(key)), row.texts[key])
        for issue in issues:
            suggestion = issue.suggestion
            if issue.field in WORDED_FIELDS:
                suggestion = words.get((issue.field, suggestion), suggestion)
            issue.row.add(issue.code, issue.field, suggestion=suggestion, **issue.facts)

    @api.model
    def _known_energies(self, run, rows):
        """(VIN, model text, energy type) that the vehicle master knows of a file.

        Every model counts at most as often as it takes to outvote single slips.
        """
        vins = {row.get("vin") for row in rows} - {None}
        models_ = {row.get("model") for row in rows} - {None}
        Vehicle = self.env["dealer.vehicle"]
        company = Domain("company_id", "=", run.company_id.id)
        samples = [
            (False, model, energy)
            for model, energy, count in Vehicle._read_group(
                company & Domain("model_text", "in", list(models_)),
                ["model_text", "energy_type"],
                ["__count"],
            )
            for _index in range(min(count, 100))
        ]
        samples += [
            (vehicle.vin, False, vehicle.energy_type)
            for vehicle in Vehicle.search_fetch(
                company & Domain("vin", "in", list(vins)), ["vin", "energy_type"]
            )
        ]
        return tuple(samples)
