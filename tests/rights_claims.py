"""Who may do what with the records of the claims addon; see test_rights_matrix.py.

Like there: REGISTERS nobody may write, NEVER_DELETED nobody may delete, DELETING which
posts may delete, BUTTONS which posts may press which button.
"""

READERS, SCREEN = "readers", "screen"
ADMIN = {"dealer_admin"}
MANAGERS = {"insurance_manager", "dealer_admin"}

REGISTERS = {"dealer.accident.follow.up", "dealer.hotline.gap"}
NEVER_DELETED = {
    "dealer.accident.call",
    "dealer.survey",
    "dealer.claim",
    "dealer.claim.supplement",
    "dealer.claim.refund",
    "dealer.claim.submission",
    "dealer.claim.closing.check",
    # hotline
    "dealer.accident.call.step",
    "dealer.accident.follow.up",
    "dealer.accident.guidance",
    "dealer.call.criterion",
    "dealer.call.score.line",
    "dealer.hotline.gap",
    "dealer.hotline.node",
}
DELETING = {}
# hotline: who works at the telephone
HOTLINE = {"hotline_agent", "claim_leader"} | MANAGERS
CALL_LEADERS = {"claim_leader"} | MANAGERS
HOTLINE_BUTTONS = {
    # hotline: buttons of calls, roster and score sheets
    "dealer.accident.call": {
        "action_match": HOTLINE,
        "action_guide": HOTLINE,
        "action_dispatch": HOTLINE,
        "action_arrive": HOTLINE,
        "action_return": HOTLINE | {"claim_receptionist"},
        "action_undo_return": CALL_LEADERS,
        "action_not_return": HOTLINE,
        "action_confirm": CALL_LEADERS,
        "action_reject": CALL_LEADERS,
        "action_close": HOTLINE,
        "action_reopen": CALL_LEADERS,
        "action_follow_up": HOTLINE,
        "action_open_arrive": HOTLINE,
        "action_open_return": HOTLINE | {"claim_receptionist"},
        "action_open_follow_up": HOTLINE,
        "action_open_survey": READERS,
        "action_open_claim": READERS,
        "action_open_waiver": READERS,
    },
    "dealer.hotline.shift": {"action_copy_week": CALL_LEADERS},
    "dealer.call.score": {
        "action_score": CALL_LEADERS,
        "action_reopen": CALL_LEADERS,
        "action_open_waiver": READERS,
    },
}
HOTLINE_DELETING = {
    "dealer.accident.guidance.step": CALL_LEADERS,
    "dealer.call.score": CALL_LEADERS,
    "dealer.hotline.shift": CALL_LEADERS,
}
BUTTONS = {}
DELETING |= HOTLINE_DELETING
BUTTONS |= HOTLINE_BUTTONS
# reception, costs, repair, release: the desk, its leaders, and who unlocks
RECEPTION = {"claim_receptionist", "claim_leader"} | MANAGERS
CLAIM_LEADERS = {"claim_leader"} | MANAGERS
CLAIM_WRITERS = RECEPTION | {"claim_submitter"}
DELETING |= {
    "dealer.claim.cost": RECEPTION,
    "dealer.claim.damage": RECEPTION,
}
BUTTONS.setdefault("dealer.claim", {}).update(
    {
        "action_start_assessment": RECEPTION,
        "action_confirm_assessment": RECEPTION,
        "action_start_repair": RECEPTION,
        "action_supplement": RECEPTION,
        "action_finish_repair": RECEPTION,
        "action_propose_split": RECEPTION,
        "action_lock_costs": RECEPTION,
        "action_unlock_costs": MANAGERS,
        "action_release": RECEPTION,
        "action_take_back_release": CLAIM_LEADERS,
        "action_print_gate_pass": READERS,
        "action_mark_left": CLAIM_WRITERS,
        "action_step_back": CLAIM_LEADERS,
        "action_void": CLAIM_LEADERS,
        "action_unvoid": CLAIM_LEADERS,
        "action_open_waiver": READERS,
    }
)
BUTTONS["dealer.claim.supplement"] = {
    "action_merge": RECEPTION,
    "action_refuse": RECEPTION,
    "action_reopen": RECEPTION,
    "action_open_waiver": READERS,
}
# claim files: who gives papers, who takes and submits them, who chases
PAPER_GIVERS = {"claim_receptionist"} | MANAGERS
PAPER_TAKERS = {"claim_submitter"} | MANAGERS
CHASERS = {"claim_submitter", "claim_leader"} | MANAGERS
REGISTERS |= {"dealer.claim.chase"}
NEVER_DELETED |= {
    "dealer.claim.chase",
    "dealer.claim.document.proposal",
    "dealer.claim.handover",
    "dealer.claim.rejection",
    "dealer.claim.return",
    "dealer.claim.submission.batch",
}
BUTTONS["dealer.claim"].update(
    {
        "action_hand_over": PAPER_GIVERS,
        "action_receive_all_papers": PAPER_GIVERS,
        "action_confirm_papers": PAPER_TAKERS,
        "action_accept_papers": PAPER_TAKERS,
        "action_check_all_papers": PAPER_TAKERS,
        "action_send_back_papers": PAPER_TAKERS,
        "action_prepare_submission": PAPER_TAKERS,
        "action_record_dates": PAPER_TAKERS,
        "action_chase": CHASERS,
        "action_insurer_return": PAPER_TAKERS,
        "action_insurer_reject": PAPER_TAKERS,
        "action_insurer_reopen": PAPER_TAKERS,
    }
)
BUTTONS |= {
    "dealer.claim.handover": {
        "action_confirm": PAPER_TAKERS,
        "action_accept": PAPER_TAKERS,
        "action_return": PAPER_TAKERS,
        "action_take_back": PAPER_GIVERS,
    },
    "dealer.claim.submission.batch": {
        "action_hand_in": PAPER_TAKERS,
        "action_confirm_receipt": PAPER_TAKERS,
        "action_cancel": PAPER_TAKERS,
        "action_print": READERS,
        "action_export": READERS,
    },
    "dealer.claim.return": {
        "action_correct": PAPER_TAKERS,
        "action_reopen": PAPER_TAKERS,
    },
    "dealer.claim.rejection": {"action_return": PAPER_TAKERS},
    "dealer.claim.document.proposal": {
        "action_accept": MANAGERS,
        "action_refuse": MANAGERS,
    },
}
# surveys, and the pages of customers and adjusters
SURVEYORS = {"survey_agent", "claim_leader"} | MANAGERS
DISPATCHERS = {"hotline_agent", "claim_leader"} | MANAGERS
REGISTERS |= {"dealer.claim.assessment.answer"}
NEVER_DELETED |= {"dealer.claim.assessment.answer"}
DELETING |= {
    "dealer.survey.angle": ADMIN,
    "dealer.survey.angle.count": CLAIM_LEADERS,
    "dealer.survey.mandate": ADMIN,
    "dealer.survey.photo": SURVEYORS,
}
BUTTONS["dealer.survey"] = {
    "action_arrive": SURVEYORS,
    "action_locate": SURVEYORS,
    "action_add_photo": SURVEYORS,
    "action_remove_photo": SURVEYORS,
    "action_accept": SURVEYORS,
    "action_report": SURVEYORS,
    "action_upload": SURVEYORS,
    "action_insurer_confirm": SURVEYORS,
    "action_close": SURVEYORS,
    "action_reject": SURVEYORS,
    "action_assign": DISPATCHERS,
    "action_cancel": DISPATCHERS,
    "action_restore": DISPATCHERS,
    "action_return": CLAIM_LEADERS,
    "action_print": READERS,
    "action_create_fee_invoice": {"finance", "dealer_admin"},
    "action_open_fee_invoice": READERS,
    "action_open_waiver": READERS,
}
BUTTONS["dealer.claim"].update(
    {
        "action_ask_adjuster": RECEPTION,
        "action_send_link_sms": CLAIM_WRITERS,
        "action_send_link_mail": CLAIM_WRITERS,
    }
)
# closing: who checks and closes, who opens again, who audits the ledger
REGISTERS |= {
    "dealer.claim.gap.report",
    "dealer.claim.cycle.report",
    "dealer.claim.ratio.report",
    "dealer.insurer.scorecard",
}
NEVER_DELETED |= {
    "dealer.claim.stage.limit",
    "dealer.claim.ledger.audit",
    "dealer.claim.ledger.audit.line",
    "dealer.claim.review.reason",
    "dealer.scorecard.part",
}
BUTTONS["dealer.claim"].update(
    {
        "action_start_closing_check": CLAIM_LEADERS | {"claim_submitter"},
        "action_close": CLAIM_LEADERS,
        "action_return_check": CLAIM_LEADERS,
        "action_reopen": MANAGERS,
        "action_open_closing_check": READERS,
    }
)
BUTTONS |= {
    "dealer.claim.closing.check": {
        "action_close": CLAIM_LEADERS,
        "action_return": CLAIM_LEADERS,
        "action_open_claim": READERS,
    },
    "dealer.claim.ledger.audit": {
        "action_sign": CLAIM_LEADERS,
        "action_refresh": CLAIM_LEADERS,
        "action_see": MANAGERS,
        "action_return_audit": MANAGERS,
        "action_open_cases": READERS,
        "action_open_waiver": READERS,
    },
}
# claim money: who takes and pays it, decides differences, approves and reconciles
CASHIERS = {"cashier", "dealer_admin"}
FINANCE = {"finance", "dealer_admin"}
DECIDERS = {"claim_submitter", "claim_leader", "finance"} | MANAGERS
REFUNDERS = {"claim_receptionist", "claim_submitter"} | MANAGERS
REGISTERS |= {"dealer.claim.cashier.signature"}
NEVER_DELETED |= {"dealer.claim.cashier.signature"}
DELETING |= {"dealer.claim.difference": DECIDERS}
BUTTONS["dealer.claim"].update(
    {
        "action_register_self_payment": CASHIERS | FINANCE,
        "action_register_insurer_payment": CASHIERS | FINANCE,
        "action_cashier_confirm": CASHIERS,
        "action_cashier_reverse": CASHIERS | FINANCE,
        "action_reconcile": FINANCE,
        "action_unreconcile_claim": FINANCE,
        "action_decide_difference": READERS,
        "action_create_refund": REFUNDERS | FINANCE,
        "action_view_claim_moves": READERS,
    }
)
BUTTONS |= {
    "dealer.claim.difference": {
        "action_decide": DECIDERS,
        "action_approve": MANAGERS | FINANCE,
        "action_reverse": MANAGERS | FINANCE,
        "action_open_waiver": READERS,
    },
    "dealer.claim.refund": {
        "action_update_amount": REFUNDERS,
        "action_approve": MANAGERS,
        "action_back_to_draft": MANAGERS,
        "action_pay": CASHIERS | FINANCE,
        "action_confirm": REFUNDERS,
        "action_cancel": {"claim_receptionist"} | MANAGERS,
        "action_take_payment_back": FINANCE,
        "action_open_waiver": READERS,
    },
}
# every guarded record has the button of its waiver
for _model in (
    "dealer.claim.handover",
    "dealer.claim.submission.batch",
    "dealer.claim.return",
    "dealer.claim.rejection",
    "dealer.claim.document.proposal",
    "dealer.claim.closing.check",
):
    BUTTONS[_model].setdefault("action_open_waiver", READERS)
