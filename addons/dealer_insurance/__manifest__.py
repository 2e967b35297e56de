{
    "name": "Dealer Insurance",
    "summary": "Quotes, policies, ledger and premium money of a car dealer",
    "version": "19.0.1.1.0",
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
        # rating, quotes, concessions, deliveries
        "security/dealer_quote_rules.xml",
        "data/guard_quote_data.xml",
        "data/quote_data.xml",
        "data/ctpl_rates.xml",
        "data/float_schemes.xml",
        "data/tax_limits.xml",
        "data/commercial_factors.xml",
        "data/covers.xml",
        "data/concession_rules.xml",
        "views/document_type_views.xml",
        "views/rating_views.xml",
        "views/concession_views.xml",
        "views/quote_views.xml",
        "views/delivery_views.xml",
        "views/res_config_settings_rating_views.xml",
        "views/policy_views.xml",
        "views/custody_views.xml",
        "views/underwriting_views.xml",
        "views/underwriting_list_views.xml",
        "views/res_config_settings_underwriting_views.xml",
        "data/dealer_home.xml",
        "views/underwriting_money_views.xml",
        # spreadsheet import
        "data/import_problem_types.xml",
        "views/import_run_views.xml",
        # menus last: they name actions of every view file
        "views/dealer_insurance_menus.xml",
    ],
    "demo": [
        "demo/tax_bands.xml",
    ],
    "assets": {
        "web.assets_tests": [
            "dealer_insurance/static/tests/tours/**/*",
        ],
    },
    "post_init_hook": "post_init_hook",
    "application": True,
}
