{
    "name": "Dealer Insurance",
    "summary": "Quotes, policies, underwriting ledger and premium money of a car dealer",
    "version": "19.0.1.0.0",
    "category": "Services/Dealer Insurance",
    "author": "Dealer Insurance",
    "license": "AGPL-3",
    "depends": ["dealer_base", "account"],
    "data": [
        # security
        "security/ir.model.access.csv",
        "security/dealer_underwriting_rules.xml",
        # underwriting: guards, sequence, dialogs
        "data/dealer_guards.xml",
        "data/underwriting_data.xml",
        "wizard/underwriting_act_views.xml",
        # premium money
        "security/dealer_money_security.xml",
        "data/guard_money_data.xml",
        "wizard/direct_payment_views.xml",
        "views/account_views.xml",
        "views/res_config_settings_money_views.xml",
        # prints
        "report/underwriting_ledger_templates.xml",
        "report/underwriting_ledger_reports.xml",
        "report/quote_comparison_templates.xml",
        "report/quote_comparison_reports.xml",
        "wizard/ledger_print_views.xml",
        # menus last: they name actions of every view file
        "views/dealer_insurance_menus.xml",
    ],
    "post_init_hook": "post_init_hook",
    "application": True,
}
