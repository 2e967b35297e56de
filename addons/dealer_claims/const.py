"""Values of the claim case that several models share (domain.md §3.9, §3.10, SM-10)."""

CLAIM_STATES = [
    ("received", "Car Received"),
    ("assessing", "Assessing"),
    ("assessed", "Assessed"),
    ("repairing", "In Repair"),
    ("repaired", "Repaired"),
    ("settled", "Costs Locked"),
    ("released", "Released"),
    ("docs_handed_over", "Documents Handed Over"),
    ("docs_audited", "Documents Audited"),
    ("submitted", "File Submitted"),
    ("insurer_reviewing", "Insurer Reviewing"),
    ("returned", "Returned by Insurer"),
    ("rejected", "Rejected by Insurer"),
    ("approved", "Approved by Insurer"),
    ("paid", "Paid by Insurer"),
    ("reconciled", "Money Reconciled"),
    ("closing_check", "Closing Check"),
    ("closed", "Closed"),
    ("void", "Void"),
]
CAR_STATES = [
    ("received", "Car Received"),
    ("assessing", "Assessing"),
    ("assessed", "Assessed"),
    ("repairing", "In Repair"),
    ("repaired", "Repaired"),
    ("settled", "Costs Locked"),
    ("released", "Released"),
]
FILE_STATES = [
    ("none", "No File"),
    ("collecting", "Collecting"),
    ("docs_handed_over", "Documents Handed Over"),
    ("docs_audited", "Documents Audited"),
    ("submitted", "File Submitted"),
    ("insurer_reviewing", "Insurer Reviewing"),
    ("returned", "Returned by Insurer"),
    ("rejected", "Rejected by Insurer"),
    ("approved", "Approved by Insurer"),
    ("paid", "Paid by Insurer"),
    ("reconciled", "Money Reconciled"),
]
CLAIM_KINDS = [
    ("normal", "Repair"),
    ("total_loss", "Total Loss"),
    ("theft", "Theft"),
    ("injury", "Bodily Injury"),
    ("subrogation", "Subrogation"),
    ("self_pay", "Self-pay, No Insurer"),
]
# Values are those of the document checklists that are meant for claims (§3.13).
CLAIM_TYPES = [
    ("claim_single", "Own Damage, One Party"),
    ("claim_two", "Own Damage, Two Parties"),
    ("claim_third", "Third-party Property"),
    ("claim_injury", "Bodily Injury"),
    ("claim_theft", "Theft"),
    ("claim_glass", "Glass"),
    ("claim_scratch", "Scratch or Wheel"),
    ("claim_flood_fire", "Flood or Fire"),
    ("claim_total_loss", "Total Loss"),
    ("claim_subrogation", "Subrogation"),
]
ACCIDENT_TYPES = [
    ("single", "One Party"),
    ("two", "Two Parties"),
    ("multi", "Several Parties"),
    ("injury", "Bodily Injury"),
    ("theft", "Theft"),
    ("glass", "Glass"),
    ("flood", "Flood"),
    ("fire", "Fire"),
    ("other", "Other"),
]
LIABILITIES = [
    ("100", "Full (100 %)"),
    ("70", "Main (70 %)"),
    ("50", "Equal (50 %)"),
    ("30", "Minor (30 %)"),
    ("0", "None (0 %)"),
]
SOURCES = [
    ("call", "Accident Call"),
    ("referral", "Referral of Insurer"),
    ("survey", "Delegated Survey"),
    ("walk_in", "Walk-in"),
    ("win_back", "Won Back"),
]
SETTLEMENT_MODES = [
    ("direct", "Insurer Pays the Store"),
    ("customer_pays_first", "Customer Pays First"),
    ("self_pay", "Customer Pays Himself"),
]
ITEM_TYPES = [
    ("part", "Spare Part"),
    ("labour_body", "Body Work"),
    ("labour_mechanical", "Mechanical Work"),
    ("labour_paint", "Paint Work"),
    ("tow", "Towing or Rescue"),
    ("other", "Other"),
]
PAYERS = [
    ("own_damage", "Own Damage"),
    ("ctpl_property", "Compulsory, Property"),
    ("third_party_liability", "Third-party Liability"),
    ("addon", "Add-on"),
    ("third_party_insurer", "Insurer of the Other Party"),
    ("customer", "Customer"),
    ("store", "Borne by Store"),
]
# Payers whose part is an amount of our own insurer.
INSURER_PAYERS = ("own_damage", "ctpl_property", "third_party_liability", "addon")
# A car of these claims is not repaired here.
NO_REPAIR_KINDS = ("total_loss", "theft")
# Until the costs are locked, the receptionist works on them in these states.
OPEN_COST_STATES = ("received", "assessing", "assessed", "repairing", "repaired")
