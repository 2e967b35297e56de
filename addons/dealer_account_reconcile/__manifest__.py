{
    "name": "Dealer Insurance: Bank Reconciliation",
    "summary": "Bank statements of a dealer find their premiums, fees and claims",
    "version": "19.0.1.0.0",
    "category": "Services/Dealer Insurance",
    "author": "Dealer Insurance",
    "license": "AGPL-3",
    "depends": [
        "dealer_insurance",
        "account_reconcile_oca",
        "account_statement_import_file_reconcile_oca",
        "account_statement_import_sheet_file_xlsx",
    ],
    "data": [
        "security/ir.model.access.csv",
        "security/bank_security.xml",
        "data/bank_mapping.xml",
        "data/bank_cron.xml",
        "views/bank_line_views.xml",
        "views/bank_import_views.xml",
        "views/bank_journal_views.xml",
        "views/bank_menus.xml",
    ],
    "assets": {
        "web.assets_backend": [
            "dealer_account_reconcile/static/src/xml/*.xml",
        ],
        "web.assets_tests": [
            "dealer_account_reconcile/static/tests/tours/**/*",
        ],
    },
    "auto_install": True,
}
