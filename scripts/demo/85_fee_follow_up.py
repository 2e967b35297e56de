"""What follows a fee statement: invoice, payment, letter, silence alarm, tiers."""


def fee_follow_up():
    clerk, finance = as_post("clerk"), as_post("finance")
    Dispute = clerk["dealer.fee.dispute"]
    if Dispute.search_count([], limit=1):
        return
    Statement = clerk["dealer.fee.statement"]
    confirmed = Statement.search([("state", "=", "confirmed")], order="date_to")
    for index, statement in enumerate(confirmed.with_env(finance)):
        if not statement.agreed_incl:
            continue
        statement.action_create_invoice()
        move = statement.invoice_ids[-1:]
        move.action_post()
        # The oldest is paid, the next one in part, so that both can be seen.
        amounts = {0: move.amount_residual, 1: round(move.amount_residual * 0.6, 2)}
        if amounts.get(index):
            finance["account.payment.register"].with_context(
                active_model="account.move", active_ids=move.ids
            ).create({"amount": amounts[index]})._create_payments()

    decided = Statement.search([("state", "=", "matched")], order="id", limit=1)
    opened = decided.line_ids.filtered(
        lambda line: line.decision == "open" and line.match_state != "proposed"
    )
    opened.filtered("explanation").action_withhold()
    withheld = Statement.search([]).filtered(
        lambda s: (
            s.missing_ids or s.line_ids.filtered(lambda x: x.dispute_state == "open")
        )
    )
    by_insurer = withheld.grouped("insurer_id")
    for insurer, statements in list(by_insurer.items())[:2]:
        action = statements.action_dispute()
        letter = Dispute.browse(action["res_id"])
        letter.contact_name = f"{insurer.name} 手续费结算岗"
        if letter.line_ids:
            letter.action_send()
            letter.line_ids[:1].action_insurer_agrees()
    # The alarm of the daily job; its counting is what matters here.
    env["dealer.fee.missing"]._count_missed(company)
    env["dealer.fee.missing"]._raise_silence(company)

    agreement = env["dealer.agreement"]._find(env.ref(INSURERS[0][0]), company, today)
    if agreement and not agreement.tier_ids:
        env["dealer.agreement.tier"].create(
            [
                {
                    "agreement_id": agreement.id,
                    "product": "commercial",
                    "period": "month",
                    "premium_from": premium,
                    "extra_rate": rate,
                    "date_from": agreement.date_from,
                    "clause": clause,
                }
                for premium, rate, clause in (
                    (60000.0, 0.01, "补充协议第3条第1款"),
                    (120000.0, 0.02, "补充协议第3条第2款"),
                )
            ]
        )


fee_follow_up()
env.cr.commit()
