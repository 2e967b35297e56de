"""Selections shared by several models of the addon; never retyped elsewhere."""

from odoo.addons.dealer_base.models.vehicle import NEV_ENERGY_TYPES

BUSINESS_TYPES = [
    ("new_car", "New Car"),
    ("new_to_renewal", "First Renewal of a Car Sold Here"),
    ("renewal_to_renewal", "Repeated Renewal"),
    ("lapsed_back", "Lapsed and Back"),
    ("prospect_to_renewal", "Prospect Won"),
    ("first_time", "First Time Here"),
]
PRODUCTS = [
    ("ctpl", "Compulsory"),
    ("commercial", "Commercial"),
    ("other", "Accident and Other"),
]
# Who sees the agency fee of the store; consultants and cashiers do not.
FEE_GROUPS = (
    "dealer_base.group_policy_clerk,dealer_base.group_uw_leader,"
    "dealer_base.group_finance,dealer_base.group_store_manager,"
    "dealer_base.group_supervisor"
)
PRODUCT_LINES = [
    ("fuel", "Fuel Product"),
    ("nev", "New-energy Product"),
]
ENERGY_SCOPES = [
    ("fuel", "Fuel Vehicles"),
    ("nev", "New Energy Vehicles"),
]
# Energy types that the trade calls new energy (NEV clauses, G-N1).
NEV_ENERGIES = NEV_ENERGY_TYPES
# What happened before, as the float scheme counts it (domain.md 2.2).
FLOAT_KEYS = [
    ("none", "First Insured, No Float"),
    ("no_claim_1", "1 Year without Accident at Fault"),
    ("no_claim_2", "2 Years without Accident at Fault"),
    ("no_claim_3", "3 Years or More without Accident at Fault"),
    ("at_fault_1", "1 Accident at Fault, No Death"),
    ("at_fault_2", "2 Accidents at Fault or More"),
    ("at_fault_3", "3 Accidents at Fault or More"),
    ("at_fault_4", "4 Accidents at Fault or More"),
    ("at_fault_5", "5 Accidents at Fault or More"),
    ("death", "Accident at Fault with Death"),
]
TAX_STATUSES = [
    ("normal", "Taxable"),
    ("half", "Half (energy-saving catalogue)"),
    ("exempt", "Exempt"),
    ("paid_elsewhere", "Paid Elsewhere This Year"),
    ("not_taxable", "Outside the Tax"),
]
# Energy types outside the vehicle tax, and those that the catalogue exempts (§2.3).
UNTAXED_ENERGIES = frozenset({"bev", "fcev"})
EXEMPT_ENERGIES = frozenset({"phev", "erev"})
