{
    "name": "Dealer Claims",
    "summary": "Accidents from the hotline to the last payment of the insurer",
    "version": "19.0.1.0.0",
    "category": "Services/Dealer Insurance",
    "author": "Dealer Insurance",
    "license": "AGPL-3",
    "depends": ["dealer_insurance"],
    "data": [
        # security
        "security/ir.model.access.csv",
        "security/dealer_claims_rules.xml",
        # hotline: calls, follow-ups, roster, return to store
        # survey and portal
        # claim: reception, costs, repair, release
        "data/claim_data.xml",
        "views/claim_views.xml",
        # claim money: chart, invoices, payments, refunds
        # claim documents, submission, tracker, ledger
        # closing check, board, analyses
        # menus last: they name actions of every view file
        "views/claims_menus.xml",
    ],
    "assets": {
        "web.assets_tests": [
            "dealer_claims/static/tests/tours/**/*",
        ],
    },
    "application": True,
}
