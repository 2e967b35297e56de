import { registry } from "@web/core/registry";

/*
 * The receptionist wants to let a car go: refused while its customer owes, passed when
 * he has paid. Selectors are names of fields, buttons and states, never wordings.
 */

const RELEASE = '.o_statusbar_buttons button[name="action_release"]:enabled';

registry.category("web_tour.tours").add("dealer_claim_release_refused", {
    steps: () => [
        {
            content: "The desk lists the car with its next action",
            trigger: '.o_list_view td[name="next_action"]',
        },
        {
            content: "Open the car",
            trigger: '.o_list_view .o_data_row td[name="plate"]',
            run: "click",
        },
        {
            content: "The form says beforehand what is open",
            trigger: '.o_field_widget[name="open_guard_html"]:contains("[G-C1]")',
        },
        { content: "Release", trigger: RELEASE, run: "click" },
        {
            content: "Refused",
            trigger: '.o_dialog .modal-body:contains("[G-C1]")',
        },
        {
            content: "Close the refusal",
            trigger: ".o_dialog .modal-footer button.btn-primary",
            run: "click",
        },
        { content: "Still here", trigger: `body:not(:has(.o_dialog)) ${RELEASE}` },
        {
            content: "Read what the customer pays",
            trigger: '.o_notebook a[name="costs"]',
            run: "click",
        },
        {
            content: "His part is explained",
            trigger: '.o_field_widget[name="self_paid_html"] table',
        },
        {
            content: "Look at the walk-around",
            trigger: '.o_notebook a[name="reception"]',
            run: "click",
        },
        {
            content: "The car is drawn",
            trigger: '.o_field_widget[name="walkaround_html"] svg',
        },
    ],
});

registry.category("web_tour.tours").add("dealer_claim_release_passed", {
    steps: () => [
        {
            content: "Nothing is open any more",
            trigger: `.o_form_view:not(:has(.o_field_widget[name="open_guard_html"] li)) ${RELEASE}`,
            run: "click",
        },
        {
            content: "The car is released",
            trigger:
                '.o_statusbar_status button[data-value="released"].o_arrow_button_current',
        },
    ],
});
