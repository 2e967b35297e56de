import { registry } from "@web/core/registry";

import {
    choose,
    fill,
    inState,
    MODAL,
    openPage,
    press,
    refused,
    select,
} from "@dealer_base/../tests/tour_steps";

/*
 * A car without policy: the consultant registers the loss from the list of open cars,
 * the leader verifies it and writes the analysis of the month, the manager accepts.
 *
 * Selectors are names of fields, buttons and states, never wordings.
 */

const PLAN_LINE = `${MODAL} .o_field_widget[name="line_ids"] .o_selected_row`;

// 1. Consultant: from the list of open cars to a submitted case.
registry.category("web_tour.tours").add("dealer_lost_1_consultant", {
    steps: () => [
        {
            content: "Register the loss of the open car",
            trigger: '.o_data_row:contains("0980001") button[name="action_register_lost"]',
            run: "click",
        },
        {
            content: "The case knows its car",
            trigger: '.o_form_view .o_field_widget[name="vehicle_id"] input:value("LGBH52")',
        },
        ...choose("reason_id", "NL-01"),
        fill("competitor_premium", "4000"),
        fill("our_premium", "4600"),
        {
            content: "Save",
            trigger: ".o_form_view .o_form_button_save:enabled",
            run: "click",
        },
        { content: "Saved", trigger: ".o_form_saved" },
        // where the customer insures is missing
        press("action_submit"),
        ...refused("G-X1"),
        ...select("competitor_channel", 1),
        press("action_submit"),
        inState("submitted"),
    ],
});

// 2. Leader: verifies the case.
registry.category("web_tour.tours").add("dealer_lost_2_leader", {
    steps: () => [inState("submitted"), press("action_verify"), inState("verified")],
});

// 3. Leader: the analysis of the month, refused without text and plan.
registry.category("web_tour.tours").add("dealer_lost_3_leader", {
    steps: () => [
        inState("draft"),
        {
            content: "The car without policy and case stands on the list",
            trigger: '.o_field_widget[name="table_html"] td:contains("JC-LOST-2")',
        },
        press("action_submit"),
        ...refused("G-Y1"),
        openPage("analysis"),
        {
            content: "Write the causes",
            trigger: '.o_field_widget[name="causes"] .odoo-editor-editable',
            run: "editor 价格高于电销",
        },
        openPage("improvement"),
        {
            content: "New plan",
            trigger: '.o_field_widget[name="improvement_ids"] .o_field_x2many_list_row_add a',
            run: "click",
        },
        fill("title", "三家比价", MODAL),
        fill("problem", "价格战败多", MODAL, "textarea"),
        fill("root_cause", "只报一家", MODAL, "textarea"),
        {
            content: "New measure",
            trigger: `${MODAL} .o_field_widget[name="line_ids"] .o_field_x2many_list_row_add a`,
            run: "click",
        },
        fill("name", "每车三家报价", PLAN_LINE),
        ...choose("owner_id", "黎子墨", PLAN_LINE),
        {
            content: "Open the due day",
            trigger: `${PLAN_LINE} .o_data_cell[name="due_date"], ${PLAN_LINE} td[name="due_date"]`,
            run: "click",
        },
        {
            content: "Fill due_date",
            trigger: `${PLAN_LINE} .o_field_widget[name="due_date"] input, ${PLAN_LINE} .o_field_widget[name="due_date"] button`,
            run: "click",
        },
        {
            content: "Tomorrow",
            trigger: `${PLAN_LINE} .o_field_widget[name="due_date"] input`,
            run: "edit +1d",
        },
        {
            content: "Save the plan",
            trigger: `${MODAL} .o_form_button_save`,
            run: "click",
        },
        { content: "The dialog is closed", trigger: "body:not(:has(.o_dialog))" },
        press("action_submit"),
        inState("submitted"),
    ],
});

// 4. Manager: accepts.
registry.category("web_tour.tours").add("dealer_lost_4_manager", {
    steps: () => [
        inState("submitted"),
        openPage("analysis"),
        {
            content: "The causes are there",
            trigger: '.o_field_widget[name="causes"]:contains("价格高于电销")',
        },
        press("action_accept"),
        inState("accepted"),
    ],
});
