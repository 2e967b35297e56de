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
        # menus last: they name actions of every view file
        "views/dealer_insurance_menus.xml",
    ],
    "application": True,
}
