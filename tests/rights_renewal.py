"""Who may do what with the records of the renewal addon; see test_rights_matrix.py.

Like there: REGISTERS nobody may write, NEVER_DELETED nobody may delete, DELETING which
posts may delete, BUTTONS which posts may press which button.
"""

READERS, SCREEN = "readers", "screen"
ADMIN = {"dealer_admin"}
MANAGERS = {"insurance_manager", "dealer_admin"}

REGISTERS = {
    "dealer.renewal.funnel",
    "dealer.renewal.node.result",
}
NEVER_DELETED = {
    "dealer.renewal.cohort",
    "dealer.renewal.due",
    "dealer.renewal.prospect",
    "dealer.renewal.task",
    "dealer.renewal.contact",
}
DELETING = {}
BUTTONS = {}
