{
    "name": "Dealer Base",
    "summary": "Posts, vehicles, insurers, guards and spreadsheet import of a dealer's "
    "insurance centre",
    "version": "19.0.1.0.0",
    "category": "Services/Dealer Insurance",
    "author": "Dealer Insurance",
    "license": "AGPL-3",
    "depends": ["mail", "portal", "resource", "fleet", "report_xlsx"],
    "external_dependencies": {
        "python": ["defusedxml", "lxml", "openpyxl", "python-stdnum", "xlrd"]
    },
    "data": [
        # security
        "security/dealer_groups.xml",
        "security/ir.model.access.csv",
        "security/dealer_rules.xml",
        "security/import_rules.xml",
        "security/review_rules.xml",
        "security/kpi_rules.xml",
        # data
        "data/dealer_guards.xml",
        "data/dealer_reason_codes.xml",
        "data/dealer_insurers.xml",
        "data/dealer_documents.xml",
        "data/ir_cron.xml",
        "data/import_problem_types.xml",
        "data/import_cron.xml",
        "data/review_data.xml",
        "data/kpi_cron.xml",
        # wizards
        "wizard/dealer_override_wizard_views.xml",
        "security/agreement_rules.xml",
        "wizard/agreement_version_views.xml",
        "wizard/dealer_return_wizard_views.xml",
        # prints
        "report/review_reports.xml",
        "report/review_templates.xml",
        # views
        "views/vehicle_views.xml",
        "views/vehicle_model_views.xml",
        "views/res_partner_views.xml",
        "views/team_views.xml",
        "views/staff_views.xml",
        "views/agreement_views.xml",
        "views/reason_code_views.xml",
        "views/document_views.xml",
        "views/guard_views.xml",
        "views/res_config_settings_views.xml",
        "views/res_groups_views.xml",
        "views/import_views.xml",
        "views/import_config_views.xml",
        "views/improvement_views.xml",
        "views/review_views.xml",
        # menus last: they name actions of every view file
        "views/dealer_base_menus.xml",
        "views/import_menus.xml",
        "views/review_menus.xml",
        "views/kpi_views.xml",
    ],
    "demo": ["demo/dealer_demo.xml"],
    "assets": {
        "web.assets_backend": [
            "dealer_base/static/src/guard/guard_dialog.js",
        ],
        "web.assets_tests": [
            "dealer_base/static/tests/tour_steps.js",
        ],
    },
    "application": True,
}
