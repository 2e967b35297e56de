def post_init_hook(env):
    """Give every charted root company the accounts and the journal of claim money.

    An update of the addon does the same from its data; charts that are loaded later
    bring them themselves.
    """
    env["account.chart.template"]._dealer_setup_stores()
