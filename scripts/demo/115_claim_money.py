"""Customers at the counter: one pays in part, one in full with the cashier's word.

Run by scripts/demo_story.py after the claims of 110_claims.py, whose cars with locked
costs wait for their release.
"""


def at_the_counter(claim, share):
    """The customer pays a share of what he owes, through the ordinary wizard."""
    desk = as_post("cashier")
    mine = claim.with_env(desk)
    action = mine.action_register_self_payment()
    wizard = (
        desk["account.payment.register"].with_context(**action["context"]).create({})
    )
    if share < 1:
        wizard.amount = company.currency_id.round(claim.self_paid_open * share)
    wizard._create_payments()


waiting_at_counter = env["dealer.claim"].search(
    [
        ("company_id", "=", company.id),
        ("costs_locked_at", "!=", False),
        ("released_at", "=", False),
        ("cashier_confirmed_at", "=", False),
        ("self_paid_open", ">", 0),
        ("self_paid_received", "=", 0),
        ("is_historical", "=", False),
    ],
    order="id",
)
if waiting_at_counter and not env["dealer.claim"].search_count(
    [("released_at", "=", False), ("self_paid_received", ">", 0)]
):
    at_the_counter(waiting_at_counter[0], 0.4)
    for counter_claim in waiting_at_counter[1:2]:
        at_the_counter(counter_claim, 1)
        counter_claim.with_env(as_post("cashier")).action_cashier_confirm()
env.cr.commit()
