import { registry } from "@web/core/registry";

import { fill, inState, MODAL, press, refused, saveForm } from "@dealer_base/../tests/tour_steps";

/*
 * The money of a month: finance imports the bank file and reconciles, the clerk
 * uploads the fee statement, finance confirms and invoices it, the fee is paid, and
 * the settlement list is signed, refused while something is unexplained, and closed.
 *
 * Selectors are names of fields, buttons and states, never wordings; guards are told
 * by their code, bank lines by the name or the kind of the other side.
 */

const FORM = ".o_form_view";
const RECONCILE = ".o_account_reconcile_oca";
const CARD = `${RECONCILE} .o_kanban_renderer .o_kanban_record`;
const PROPOSAL = `${RECONCILE}_info .o_field_widget[name="dealer_proposal_ids"]`;

/** Put a file of the test, known by its external identifier, into a file field. */
function upload(name, file, scope) {
    const field = `${scope} .o_field_widget[name="${name}"]`;
    return [
        {
            content: `Upload ${file}`,
            trigger: `${field} .o_select_file_button`,
            async run() {
                const answer = await fetch(`/web/content/dealer_account_reconcile.${file}`);
                const content = new File([await answer.blob()], `${file}.xlsx`);
                const data = new DataTransfer();
                data.items.add(content);
                const input = document.querySelector(`${field} input[type="file"]`);
                input.files = data.files;
                input.dispatchEvent(new Event("change", { bubbles: true }));
            },
        },
        {
            content: "The file is there",
            trigger: `${field} input:value("${file}")`,
        },
    ];
}

/** Open a bank line in the reconcile screen. */
function openLine(text) {
    return {
        content: `Bank line of ${text}`,
        trigger: `${CARD}:contains("${text}")`,
        run: "click",
    };
}

/** Reconcile the open bank line by its first proposal; the line leaves the list. */
function settle(text, gone = text) {
    return [
        openLine(text),
        {
            content: "The line is the selected one",
            trigger: `.o_kanban_record_reconcile_oca_selected:contains("${text}")`,
        },
        {
            content: `Reconcile what is proposed for ${text}`,
            trigger: `${RECONCILE}_info:has(.o_field_widget:contains("${text}")) .o_field_widget[name="dealer_proposal_ids"] .o_kanban_record:first button[name="action_apply"]:enabled`,
            run: "click",
        },
        {
            content: `${gone} is reconciled`,
            trigger: `${RECONCILE}:not(:has(.o_kanban_renderer .o_kanban_record:contains("${gone}")))`,
        },
    ];
}

function openReconcile() {
    return {
        content: "Reconcile screen",
        trigger: ".o_control_panel .o_switch_view.o_kanban",
        run: "click",
    };
}

// 1. Finance: import the bank file, reconcile what customers and insurer are concerned.
registry.category("web_tour.tours").add("dealer_finance_1_bank", {
    steps: () => [
        {
            content: "Menu of the money",
            trigger: '.o_menu_sections [data-menu-xmlid="dealer_base.menu_dealer_money"]',
            run: "click",
        },
        {
            content: "Import a bank statement",
            trigger:
                '.o-dropdown--menu [data-menu-xmlid="dealer_account_reconcile.menu_dealer_bank_import"]',
            run: "click",
        },
        ...upload("statement_file", "finance_tour_bank", MODAL),
        {
            content: "Import",
            trigger: `${MODAL} footer button[name="action_dealer_import"]:enabled`,
            run: "click",
        },
        {
            content: "All lines of both accounts are in",
            trigger: ".o_list_view .o_data_row:eq(4)",
        },
        openReconcile(),
        ...settle("王芳"),
        ...settle("赵强"),
        ...settle("孙平"),
        ...settle("解付保费2笔"),
        {
            content: "The fee waits for its invoice",
            trigger: `${CARD}:contains("佣金")`,
        },
    ],
});

// 2. Clerk: upload, match and decide the statement of the insurer.
registry.category("web_tour.tours").add("dealer_finance_2_statement", {
    steps: () => [
        {
            content: "Upload a statement",
            trigger: '.o_control_panel button[name="action_upload"]',
            run: "click",
        },
        ...upload("file", "finance_tour_statement", FORM),
        press("action_read"),
        inState("mapped"),
        press("action_check"),
        inState("checked"),
        press("action_import"),
        inState("done"),
        press("action_open_statement"),
        inState("draft"),
        press("action_match"),
        inState("matched"),
        press("action_open_lines"),
        {
            content: "Withhold the line with the wrong rate",
            trigger: '.o_list_view .o_data_row button[name="action_withhold"]',
            run: "click",
        },
        {
            content: "It is decided",
            trigger: '.o_list_view:not(:has(button[name="action_withhold"]))',
        },
        {
            content: "Back to the statement",
            trigger: ".o_breadcrumb .o_back_button",
            run: "click",
        },
        inState("matched"),
        // who imported it does not confirm it too
        press("action_confirm"),
        ...refused("G-F5"),
    ],
});

// 3. Finance: the second person confirms, invoices and posts.
registry.category("web_tour.tours").add("dealer_finance_3_invoice", {
    steps: () => [
        inState("matched"),
        press("action_confirm"),
        inState("confirmed"),
        press("action_create_invoice"),
        inState("draft"),
        press("action_post"),
        inState("posted"),
    ],
});

// 4. Finance: the payment of the fee meets its invoice.
registry.category("web_tour.tours").add("dealer_finance_4_fee", {
    steps: () => [
        { content: "The list is there", trigger: ".o_list_view .o_data_row" },
        openReconcile(),
        openLine("佣金"),
        {
            content: "Search proposals again",
            trigger: `${RECONCILE}_info button[name="action_dealer_find"]:enabled`,
            run: "click",
        },
        {
            content: "The invoice is certain",
            trigger: `${PROPOSAL} .text-bg-success`,
        },
        {
            content: "Reconcile with the invoice",
            trigger: `${PROPOSAL} button[name="action_apply"]:enabled`,
            run: "click",
        },
        {
            content: "Nothing is left to reconcile",
            trigger: `${RECONCILE}:not(:has(.o_kanban_renderer .o_kanban_record:contains("佣金")))`,
        },
    ],
});

registry.category("web_tour.tours").add("dealer_finance_5_paid", {
    steps: () => [inState("paid")],
});

// 6. Finance: the settlement list of the last month.
registry.category("web_tour.tours").add("dealer_finance_6_list", {
    steps: () => [
        fill("insurer_id", "海港巡演财险"),
        {
            content: "Choose the insurer",
            trigger:
                '.o-autocomplete--dropdown-item:not(.o_m2o_dropdown_option) a:contains("海港巡演财险")',
            run: "click",
        },
        {
            content: "The last month",
            trigger: `${FORM} .o_field_widget[name="date_from"] input, ${FORM} .o_field_widget[name="date_from"] button`,
            run: "click",
        },
        fill("date_from", "-1m"),
        ...saveForm(),
        inState("draft"),
    ],
});

// 7. Clerk: prints it.
registry.category("web_tour.tours").add("dealer_finance_7_print", {
    steps: () => [
        inState("draft"),
        press("action_print"),
        {
            content: "Printed, or shown where nothing makes PDF files",
            trigger:
                '.o_statusbar_status button[data-value="printed"].o_arrow_button_current, .o_action iframe[src*="report_settlement"]',
        },
    ],
});

// 8. Clerk and cashier sign, both again after an explanation.
for (const post of ["clerk", "cashier"]) {
    registry.category("web_tour.tours").add(`dealer_finance_8_${post}`, {
        steps: () => [
            inState("printed"),
            press(`action_sign_${post}`),
            {
                content: "Signed",
                trigger: `.o_form_statusbar:not(:has(button[name="action_sign_${post}"]))`,
            },
        ],
    });
}

// 9. Finance: refused while a difference is unexplained; explains it.
registry.category("web_tour.tours").add("dealer_finance_9_refused", {
    steps: () => {
        const row = '.o_field_widget[name="line_ids"] .o_data_row.text-danger';
        const edited = '.o_field_widget[name="line_ids"] .o_selected_row';
        return [
            inState("reconciled"),
            press("action_close"),
            ...refused("G-S3"),
            {
                content: "The row with the difference",
                trigger: `${row} td[name="reason"]`,
                run: "click",
            },
            {
                content: "Open the reasons",
                trigger: `${edited} .o_field_widget[name="reason"] input`,
                run: "click",
            },
            {
                content: "Collected too little",
                trigger: ".o_select_menu_item:eq(1)",
                run: "click",
            },
            {
                content: "In words",
                trigger: `${edited} .o_field_widget[name="explanation"] input`,
                run: "edit 尾款下月收",
            },
            ...saveForm(),
            inState("printed"),
        ];
    },
});

// 10. Finance closes the month.
registry.category("web_tour.tours").add("dealer_finance_10_close", {
    steps: () => [inState("reconciled"), press("action_close"), inState("closed")],
});
