from odoo import models

from ..tools.identity import check_plate
from ..tools.import_field import ImportField
from .vehicle import ENERGY_SELECTION, USE_NATURE_SELECTION

ENERGY_WORDS = {
    "汽油": "fuel",
    "柴油": "fuel",
    "燃油": "fuel",
    "油电混动": "hev",
    "混合动力": "hev",
    "混动": "hev",
    "纯电动": "bev",
    "纯电": "bev",
    "电动": "bev",
    "插电混动": "phev",
    "插电式混合动力": "phev",
    "增程": "erev",
    "增程式": "erev",
    "燃料电池": "fcev",
    "天然气": "gas",
}
USE_WORDS = {
    "家庭自用": "private",
    "非营运": "private",
    "私家车": "private",
    "企业非营业": "business_own",
    "企业用车": "business_own",
    "机关": "government",
    "党政机关": "government",
    "出租租赁": "taxi_rental",
    "非营业货车": "truck_own",
    "营业货车": "truck_commercial",
}


class VehicleImportKind(models.AbstractModel):
    """A list of cars, as a workshop system or the registration office exports it.

    New VINs become vehicles; of a known vehicle only empty fields are filled in. The
    shortest complete example of an import kind.
    """

    _name = "dealer.import.kind.vehicle"
    _inherit = ["dealer.import.kind"]
    _description = "Import of Vehicles"
    _kind_label = "Vehicle list"
    _kind_sequence = 90
    _kind_groups = (
        "dealer_base.group_policy_clerk",
        "dealer_base.group_uw_leader",
        "dealer_base.group_dealer_admin",
    )

    def _kind_name(self):
        return self.env._("Vehicle list")

    def _import_fields(self):
        _ = self.env._
        return [
            ImportField(
                "vin",
                _("VIN"),
                "vin",
                (
                    "车架号",
                    "车架号(VIN)",
                    "VIN",
                    "VIN码",
                    "车辆识别代号",
                    "车辆识别码",
                    "底盘号",
                    "底盘号码",
                    "大架号",
                    "VIN No.",
                    "Chassis No.",
                ),
                required=True,
                missing_code="missing_value",
            ),
            ImportField(
                "plate",
                _("Plate"),
                "plate",
                (
                    "车牌号",
                    "车牌",
                    "号牌号码",
                    "号牌",
                    "牌照号",
                    "车号",
                    "License Plate",
                    "Plate No.",
                ),
            ),
            ImportField(
                "engine_no",
                _("Engine No."),
                "char",
                ("发动机号", "电机号", "发动机编号", "引擎号", "Engine Number"),
            ),
            ImportField(
                "model",
                _("Model"),
                "char",
                ("车型", "厂牌型号", "品牌型号", "车辆型号"),
            ),
            ImportField(
                "energy",
                _("Energy Type"),
                "selection",
                ("能源类型", "燃料种类", "动力类型", "燃料类型"),
                choices={
                    **ENERGY_WORDS,
                    **{key: key for key, _label in ENERGY_SELECTION},
                },
            ),
            ImportField(
                "use_nature",
                _("Use"),
                "selection",
                ("使用性质", "车辆使用性质"),
                choices={
                    **USE_WORDS,
                    **{key: key for key, _label in USE_NATURE_SELECTION},
                },
            ),
            ImportField(
                "seats", _("Seats"), "integer", ("座位数", "座位", "核定载客", "座数")
            ),
            ImportField(
                "price",
                _("New Car Price"),
                "amount",
                ("购置价", "开票价格", "新车购置价", "车价", "开票价"),
            ),
            ImportField(
                "registered",
                _("Registration Date"),
                "date",
                (
                    "初登日期",
                    "上牌日期",
                    "注册日期",
                    "注册登记日期",
                    "初次登记日期",
                    "登记日期",
                ),
            ),
            ImportField(
                "owner", _("Owner"), "name", ("车主", "车主姓名", "所有人", "客户名称")
            ),
            ImportField(
                "mobile",
                _("Mobile"),
                "mobile",
                ("手机号码", "联系电话", "手机", "电话"),
            ),
            ImportField("note", _("Note"), "char", ("备注",), compared=False),
        ]

    def _key_fields(self):
        return ["vin"]

    def _natural_key(self, values):
        return values.get("vin") or ""

    def _load_rows(self, run, rows):
        company = run.company_id
        vehicles = self.env["dealer.vehicle"]._find_by_vin(
            [row.values["vin"] for row in rows], company
        )
        owners = self._owners(company, rows)
        result, fresh = {}, []
        for row in rows:
            vals = self._vehicle_vals(row, owners)
            known = vehicles.get(row.values["vin"])
            if known:
                known.write(
                    {key: value for key, value in vals.items() if not known[key]}
                )
                result[row] = known
            else:
                fresh.append((row, {**vals, "company_id": company.id}))
        created = self.env["dealer.vehicle"].create([vals for _row, vals in fresh])
        result.update(zip((row for row, _vals in fresh), created, strict=True))
        return result

    def _vehicle_vals(self, row, owners):
        vals = {
            "vin": row.get("vin"),
            "engine_no": row.get("engine_no"),
            "model_text": row.get("model"),
            "energy_type": row.get("energy"),
            "use_nature": row.get("use_nature"),
            "seats": row.get("seats"),
            "registration_date": row.get("registered"),
            "owner_id": owners.get((row.get("owner"), row.get("mobile"))),
        }
        if row.get("price") is not None:
            vals["purchase_price"] = float(row.get("price"))
        # A plate that was reported as impossible is not stored
        if check_plate(row.get("plate")).ok:
            vals["plate"] = check_plate(row.get("plate")).value
        return {key: value for key, value in vals.items() if value not in (None, "")}

    def _owners(self, company, rows):
        """Return {(name, mobile): partner id}; new owners are created in one batch."""
        wanted = {
            (row.get("owner"), row.get("mobile")): None
            for row in rows
            if row.get("owner")
        }
        partners = self.env["res.partner"].search(
            [
                ("name", "in", [name for name, _mobile in wanted]),
                ("company_id", "in", [False, company.id]),
            ]
        )
        by_key = {
            (partner.name, partner.phone or None): partner for partner in partners
        }
        missing = [key for key in wanted if key not in by_key]
        created = self.env["res.partner"].create(
            [
                {"name": name, "phone": mobile, "company_id": company.id}
                for name, mobile in missing
            ]
        )
        by_key.update(zip(missing, created, strict=True))
        return {key: by_key[key].id for key in wanted}
