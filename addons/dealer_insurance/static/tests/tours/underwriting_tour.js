import { registry } from "@web/core/registry";

import {
    choose,
    fill,
    inState,
    MODAL,
    openPage,
    press,
    refused,
    saveForm,
} from "@dealer_base/../tests/tour_steps";

/*
 * The main path of the store, told by three posts in turn: the clerk quotes and
 * proposes, the cashier takes the money, the clerk issues, the cashier signs, the
 * clerk hands over. Every guard refuses first and lets pass afterwards.
 *
 * Selectors are names of fields, buttons and states, never wordings, so that the
 * tours run in any language. Guards are told by their code.
 */

// the concession that is being written
const GIFT = '.o_field_widget[name="concession_ids"] .o_selected_row';

function addLine(name, scope = ".o_form_view") {
    return {
        content: `New line of ${name}`,
        trigger: `${scope} .o_field_widget[name="${name}"] .o_field_x2many_list_row_add a`,
        run: "click",
    };
}

function saveDialog() {
    return [
        {
            content: "Save the dialog",
            trigger: `${MODAL} .o_form_button_save`,
            run: "click",
        },
        { content: "The dialog is closed", trigger: "body:not(:has(.o_dialog))" },
    ];
}

/** Press "received" of one paper after the other; how many depends on the checklist. */
async function receivePapers() {
    const selector = '.o_field_widget[name="document_ids"] button[name="action_receive"]';
    const buttons = () => [...document.querySelectorAll(selector)];
    let open = buttons().length;
    while (open) {
        buttons()[0].click();
        // the buttons are disabled while the server works, then the row has none
        while (buttons().length >= open || buttons().some((button) => button.disabled)) {
            await new Promise((resolve) => setTimeout(resolve, 50));
        }
        open = buttons().length;
    }
}

/** Number of the policy in one row of the policies. */
function policyNumber(row, number) {
    const cell = `.o_field_widget[name="policy_ids"] .o_data_row:eq(${row})`;
    return [
        {
            content: "Open the row",
            trigger: `${cell} .o_data_cell[name="policy_no"]`,
            run: "click",
        },
        {
            content: `Policy ${number}`,
            trigger: `${cell} .o_field_widget[name="policy_no"] input`,
            run: `edit ${number}`,
        },
    ];
}

// 1. Clerk: quote with the insurer's figures, proposal, request for payment.
registry.category("web_tour.tours").add("dealer_underwriting_1_clerk", {
    steps: () => [
        ...choose("applicant_id", "陈静怡"),
        ...choose("vehicle_id", "LGBH52"),
        ...choose("delivery_id", "JC-TOUR-1"),
        fill("date_start", "+2d"),
        addLine("option_ids"),
        ...choose("insurer_id", "人保巡演", MODAL),
        fill("ctpl_premium", "950", MODAL),
        fill("vehicle_tax", "360", MODAL),
        fill("standard_premium", "2807.71", MODAL),
        fill("pricing_factor", "1.13", MODAL),
        fill("commercial_premium", "3172.71", MODAL),
        ...saveDialog(),
        press("action_calculate"),
        inState("calculated"),
        press("action_send"),
        inState("sent"),
        // the customer notice first
        press("action_accept"),
        ...refused("G-Q3"),
        {
            content: "The customer has read the notice",
            trigger: '.o_field_widget[name="notice_acknowledged"] input',
            run: "check",
        },
        press("action_accept"),
        inState("accepted"),
        press("action_create_underwriting"),
        inState("draft"),
        // the signed papers first
        press("action_propose"),
        ...refused("G-P1"),
        openPage("documents"),
        {
            content: "Receive every paper that is still missing",
            trigger: '.o_field_widget[name="document_ids"] button[name="action_receive"]',
            run: receivePapers,
        },
        {
            content: "All papers are here",
            trigger:
                '.o_field_widget[name="document_ids"]:not(:has(button[name="action_receive"]))',
        },
        press("action_propose"),
        inState("proposed"),
        press("action_underwrite"),
        inState("underwritten"),
        press("action_request_payment"),
        inState("awaiting_payment"),
        openPage("policies"),
        ...policyNumber(0, "PDZATOUR0001"),
        ...policyNumber(1, "PDAATOUR0001"),
        ...saveForm(),
        // no policy before the premium
        press("action_issue"),
        ...refused("G-P3"),
        inState("awaiting_payment"),
    ],
});

// 2. Cashier: takes the money with the ordinary payment wizard.
registry.category("web_tour.tours").add("dealer_underwriting_2_cashier", {
    steps: () => [
        inState("awaiting_payment"),
        press("action_register_payment"),
        {
            content: "Create the payment",
            trigger: `${MODAL} button[name="action_create_payments"]`,
            run: "click",
        },
        { content: "The wizard is closed", trigger: "body:not(:has(.o_dialog))" },
        inState("paid"),
    ],
});

// 3. Clerk: issues; the hand-over is refused without signature and for the gift.
registry.category("web_tour.tours").add("dealer_underwriting_3_clerk", {
    steps: () => [
        inState("paid"),
        press("action_issue"),
        inState("issued"),
        {
            content: "The entry has its ledger number",
            trigger: '.oe_title .o_field_widget[name="ledger_no"]:contains("-0001")',
        },
        openPage("concessions"),
        addLine("concession_ids"),
        ...choose("type_id", "巡演礼品", GIFT),
        fill("name", "行车记录仪", GIFT),
        fill("amount", "900", GIFT),
        ...saveForm(),
        press("action_deliver"),
        ...refused("G-P4", "G-P5"),
        inState("issued"),
        // the gift within the rule: 5 % of 3,172.71
        {
            content: "Open the concession",
            trigger:
                '.o_field_widget[name="concession_ids"] .o_data_row .o_data_cell[name="amount"]',
            run: "click",
        },
        fill("amount", "100", GIFT),
        ...saveForm(),
        press("action_deliver"),
        {
            content: "The gift is no longer refused",
            trigger: '.o_dialog .modal-body:not(:contains("[G-P5]"))',
        },
        ...refused("G-P4"),
        inState("issued"),
    ],
});

// 4. Cashier: signs the ledger.
registry.category("web_tour.tours").add("dealer_underwriting_4_cashier", {
    steps: () => [
        inState("issued"),
        press("action_sign"),
        {
            content: "The signature stands, the button is gone",
            trigger: '.o_form_view:not(:has(button[name="action_sign"]))',
        },
        openPage("handover"),
        {
            content: "Signed by the cashier",
            trigger:
                '.o_field_widget[name="cashier_signed_name"]:contains("区惠芳")',
        },
    ],
});

// 5. Clerk: hands over.
registry.category("web_tour.tours").add("dealer_underwriting_5_clerk", {
    steps: () => [
        inState("issued"),
        press("action_deliver"),
        fill("receiver_name", "陈静怡", MODAL),
        {
            content: "Confirm the hand-over",
            trigger: `${MODAL} button[name="action_confirm"]`,
            run: "click",
        },
        { content: "The dialog is closed", trigger: "body:not(:has(.o_dialog))" },
        inState("delivered"),
    ],
});
