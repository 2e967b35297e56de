"""Who may do what with the records of the renewal addon; see test_rights_matrix.py.

Like there: REGISTERS nobody may write, NEVER_DELETED nobody may delete, DELETING which
posts may delete, BUTTONS which posts may press which button.
"""

READERS, SCREEN = "readers", "screen"
ADMIN = {"dealer_admin"}
MANAGERS = {"insurance_manager", "dealer_admin"}

REGISTERS = {
    # due lists
    "dealer.renewal.cohort",
    "dealer.renewal.due",
    "dealer.renewal.outcome",
    "dealer.renewal.result",
    "dealer.renewal.funnel",
    "dealer.renewal.node.result",
    # tasks
    "dealer.renewal.contact",
}
NEVER_DELETED = {
    "dealer.renewal.cohort",
    "dealer.renewal.due",
    "dealer.renewal.outcome",
    "dealer.renewal.result",
    "dealer.renewal.prospect.conflict",
    "dealer.renewal.task",
    "dealer.renewal.contact",
    "dealer.renewal.node",
}
DELETING = {}
BUTTONS = {}

# tasks, calls and losses
LEADERS = {"uw_leader"} | MANAGERS
AGENTS = {"renewal_agent"} | LEADERS
LOSING = {"sales_consultant", "policy_clerk", "renewal_agent"} | LEADERS
DELETING |= {
    "dealer.renewal.absence": LEADERS,
    "dealer.renewal.assignment.rule": LEADERS,
    "dealer.renewal.score.weight": MANAGERS,
    "dealer.renewal.talk": LEADERS,
}
BUTTONS |= {
    "dealer.renewal.task": {
        "action_next": SCREEN,
        "action_contact": AGENTS,
        "action_no_answer": AGENTS,
        "action_think": AGENTS,
        "action_wants_quote": AGENTS,
        "action_promised": AGENTS,
        "action_refused": AGENTS,
        "action_wrong_number": AGENTS,
        "action_quote": AGENTS,
        "action_send_sms": AGENTS,
        "action_send_node_sms": AGENTS,
        "action_send_mail": AGENTS,
        "action_print_letter": AGENTS,
        "action_lose": AGENTS,
        "action_give_back": AGENTS,
        "action_wake_up": AGENTS,
        "action_assign": LEADERS,
        "action_handover": LEADERS,
        "action_approve_loss": LEADERS,
        "action_reject": LEADERS,
        "action_allow_calls": LEADERS,
        "action_view_quotes": READERS,
        "action_open_waiver": READERS,
    },
    # of both kinds, new cars and renewals
    "dealer.lost.case": {
        "action_inform_leader": LOSING,
        "action_submit": LOSING,
        "action_back_to_draft": LOSING,
        "action_verify": LEADERS,
        "action_reject": LEADERS,
        "action_close": LEADERS,
        "action_open_renewal": READERS,
        "action_open_waiver": READERS,
    },
}

# due lists, exclusions, prospects, targets
DELETING |= {
    "dealer.renewal.exclusion": AGENTS,
    "dealer.renewal.prospect": AGENTS,
    "dealer.renewal.target": MANAGERS,
}
BUTTONS |= {
    "dealer.renewal.cohort": {
        "action_view_due": READERS,
        "action_view_open": READERS,
        "action_view_excluded": READERS,
        "action_open_waiver": READERS,
    },
    "dealer.renewal.due": {
        "action_exclude": AGENTS,
        "action_view_renewal": READERS,
        "action_open_waiver": READERS,
    },
    "dealer.renewal.exclusion": {
        "action_request": AGENTS,
        "action_approve": LEADERS,
        "action_reject": LEADERS,
        "action_open_waiver": READERS,
    },
    "dealer.renewal.prospect": {
        "action_drop": AGENTS,
        "action_return": AGENTS,
        "action_take_up": AGENTS,
        "action_view_due": READERS,
        "action_open_waiver": READERS,
    },
    "dealer.renewal.prospect.conflict": {
        "action_keep": AGENTS,
        "action_take": AGENTS,
        "action_open_waiver": READERS,
    },
    "dealer.renewal.target": {"action_view_renewals": READERS},
}
