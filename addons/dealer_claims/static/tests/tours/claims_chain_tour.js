import { registry } from "@web/core/registry";

import { inState, openPage, refused } from "@dealer_base/../tests/tour_steps";

/*
 * A claim over its posts: called in at night, received, assessed, repaired, costs
 * locked and release refused, cashier, released, papers, handed in, reconciled, closing
 * check refused with its open point, closed.
 *
 * Selectors are names of fields, buttons and states, never wordings.
 */

const HEADER = ".o_form_statusbar .o_statusbar_buttons";

function press(name) {
    return {
        content: `Press ${name}`,
        trigger: `${HEADER} button[name="${name}"]:enabled`,
        run: "click",
    };
}

function shows(name) {
    return {
        content: `${name} is the next step`,
        trigger: `${HEADER} button[name="${name}"]:enabled`,
    };
}

function gone(name) {
    return {
        content: `${name} is done`,
        trigger: `${HEADER}:not(:has(button[name="${name}"]))`,
    };
}

const tours = registry.category("web_tour.tours");

// 0. Hotline: the caller is guided; the insurer's surveyor is sent.
tours.add("dealer_claims_0_hotline", {
    steps: () => [
        inState("new"),
        press("action_dispatch"),
        inState("dispatched"),
    ],
});

// 0a. Receptionist: the car is here, the assessment begins.
tours.add("dealer_claims_0_received", {
    steps: () => [
        inState("received"),
        press("action_start_assessment"),
        inState("assessing"),
    ],
});

// 0b. Receptionist: assessed, signed, repaired.
tours.add("dealer_claims_0_repair", {
    steps: () => [
        inState("assessing"),
        press("action_confirm_assessment"),
        inState("assessed"),
        press("action_start_repair"),
        inState("repairing"),
        press("action_finish_repair"),
        inState("repaired"),
    ],
});

// 1. Receptionist: locks the costs; the car may not leave unpaid.
tours.add("dealer_claims_1_receptionist", {
    steps: () => [
        inState("repaired"),
        press("action_lock_costs"),
        inState("settled"),
        press("action_release"),
        ...refused("G-C1"),
        inState("settled"),
    ],
});

// 2. Cashier: the money is here.
tours.add("dealer_claims_2_cashier", {
    steps: () => [
        inState("settled"),
        press("action_cashier_confirm"),
        gone("action_cashier_confirm"),
    ],
});

// 3. Receptionist: the car leaves, the papers go to the submitter.
tours.add("dealer_claims_3_receptionist", {
    steps: () => [
        inState("settled"),
        press("action_release"),
        inState("released"),
        press("action_hand_over"),
        gone("action_hand_over"),
    ],
});

// 4. Submitter: confirms and accepts; what he has not looked at is refused.
tours.add("dealer_claims_4_submitter", {
    steps: () => [
        press("action_confirm_papers"),
        inState("docs_handed_over"),
        press("action_accept_papers"),
        ...refused("G-O2"),
        openPage("documents"),
        {
            content: "Everything received is right",
            trigger: 'button[name="action_check_all_papers"]:enabled',
            run: "click",
        },
        {
            content: "The rows are checked",
            trigger: '.o_field_widget[name="document_ids"] .o_data_row .text-bg-success',
        },
        press("action_accept_papers"),
        press("action_prepare_submission"),
        inState("draft"),
        press("action_hand_in"),
        inState("submitted"),
    ],
});

// 5. Finance: the payment of the insurer is reconciled, the closing check begins.
tours.add("dealer_claims_5_finance", {
    steps: () => [
        inState("paid"),
        press("action_reconcile"),
        inState("closing_check"),
    ],
});

// 6. Claims leader: refused with the open point.
tours.add("dealer_claims_6_leader", {
    steps: () => [
        inState("open"),
        {
            content: "The open point stands in the table",
            trigger: ".o_dealer_closing_points tr.table-danger",
        },
        press("action_close"),
        ...refused("G-C3"),
        inState("open"),
    ],
});

// 7. Claims leader: closed; the board knows it no more.
tours.add("dealer_claims_7_leader", {
    steps: () => [
        shows("action_close"),
        press("action_close"),
        inState("passed"),
        {
            content: "No point is open",
            trigger: ".o_dealer_closing_points:not(:has(tr.table-danger))",
        },
    ],
});

// 8. The board: columns, a card, its case.
tours.add("dealer_claims_8_board", {
    steps: () => [
        {
            content: "A card stands in the first column",
            trigger: '.o_dealer_claim_column[data-phase="assess"] .o_dealer_claim_card',
        },
        {
            content: "Only the cases of the receptionist",
            trigger: '.o_dealer_claim_tile[data-holder="receptionist"]',
            run: "click",
        },
        {
            content: "The tile is chosen",
            trigger: ".o_dealer_claim_tile.o_dealer_claim_chosen",
        },
        {
            content: "Open the case",
            trigger: '.o_dealer_claim_column[data-phase="assess"] .o_dealer_claim_card',
            run: "click",
        },
        inState("received"),
    ],
});
