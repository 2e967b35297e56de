"""Who may do what with the records of the claims addon; see test_rights_matrix.py.

Like there: REGISTERS nobody may write, NEVER_DELETED nobody may delete, DELETING which
posts may delete, BUTTONS which posts may press which button.
"""

READERS, SCREEN = "readers", "screen"
ADMIN = {"dealer_admin"}
MANAGERS = {"insurance_manager", "dealer_admin"}

REGISTERS = set()
NEVER_DELETED = {
    "dealer.accident.call",
    "dealer.survey",
    "dealer.claim",
    "dealer.claim.cost",
    "dealer.claim.refund",
    "dealer.claim.submission",
    "dealer.claim.closing.check",
}
DELETING = {}
BUTTONS = {}
