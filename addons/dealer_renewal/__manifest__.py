{
    "name": "Dealer Renewal",
    "summary": "Expiring cars: frozen cohorts, calls, results and losses",
    "version": "19.0.1.0.0",
    "category": "Services/Dealer Insurance",
    "author": "Dealer Insurance",
    "license": "AGPL-3",
    "depends": ["dealer_insurance"],
    "data": [
        # security
        "security/ir.model.access.csv",
        "security/dealer_renewal_rules.xml",
        # cohorts, prospects, key figures, targets
        "data/renewal_cohort_data.xml",
        "data/kpi_renewal_data.xml",
        "report/renewal_cohort_reports.xml",
        "report/renewal_cohort_templates.xml",
        "views/renewal_cohort_views.xml",
        "views/renewal_prospect_views.xml",
        "views/res_config_settings_renewal_views.xml",
        # tasks, contacts, calling
        "data/renewal_task_data.xml",
        "data/renewal_node_data.xml",
        "report/renewal_letter.xml",
        "views/renewal_task_views.xml",
        "views/renewal_wizard_views.xml",
        "views/renewal_config_views.xml",
        # lost renewals, analysis
        "data/renewal_review_data.xml",
        "views/renewal_analysis_views.xml",
        # menus last: they name actions of every view file
        "views/renewal_menus.xml",
        "views/renewal_cohort_menus.xml",
        "views/renewal_task_menus.xml",
        "views/renewal_analysis_menus.xml",
        "data/renewal_once.xml",
    ],
    "assets": {
        "web.assets_tests": [
            "dealer_renewal/static/tests/tours/**/*",
        ],
    },
    "application": True,
}
