def post_init_hook(env):
    """Give every root company with a loaded chart the accounts and journals of the
    premium money; companies that load a chart later get them from the chart hooks."""
    companies = env["res.company"].search(
        [("chart_template", "!=", False), ("parent_id", "=", False)]
    )
    for company in companies:
        env["account.chart.template"]._dealer_setup_company(company)
