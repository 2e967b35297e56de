"""Selections shared by several models of the addon; never retyped elsewhere."""

BUSINESS_TYPES = [
    ("new_car", "New Car"),
    ("new_to_renewal", "New to Renewal"),
    ("renewal_to_renewal", "Renewal to Renewal"),
    ("lapsed_back", "Lapsed Back"),
    ("prospect_to_renewal", "Prospect to Renewal"),
    ("first_time", "First Time"),
]
PRODUCTS = [
    ("ctpl", "Compulsory"),
    ("commercial", "Commercial"),
    ("other", "Accident and Other"),
]
PRODUCT_LINES = [
    ("fuel", "Fuel Product"),
    ("nev", "New-energy Product"),
]
# Energy types that the trade calls new energy (NEV clauses, G-N1).
NEV_ENERGIES = frozenset({"bev", "phev", "erev", "fcev"})
# Use classes of the compulsory tariff (domain.md 2.1).
CTPL_CLASSES = [
    ("family", "Family Car"),
    ("enterprise", "Company Car, Not for Hire"),
    ("government", "Official Car, Not for Hire"),
    ("taxi_rental", "Taxi or Rental Car"),
    ("city_bus", "City Bus"),
    ("highway_bus", "Highway Coach"),
    ("truck_private", "Truck, Not for Hire"),
    ("truck_hire", "Truck for Hire"),
    ("special_1", "Special Vehicle I: Tanker"),
    ("special_2", "Special Vehicle II: Work Vehicle"),
    ("special_3", "Special Vehicle III: Rescue and Instruments"),
    ("special_4", "Special Vehicle IV: Container Tractor"),
    ("motorcycle", "Motorcycle"),
    ("tractor", "Tractor"),
]
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
