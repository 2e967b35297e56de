import { registry } from "@web/core/registry";

import { fill, inState, MODAL, press, refused } from "@dealer_base/../tests/tour_steps";

/*
 * A call at the accident hotline: number on the display, guidance, dispatch, follow-ups,
 * car in the store; and a call that cannot be given up without a reason.
 *
 * Selectors are names of fields, buttons and states, never wordings.
 */

function badge(name, position, scope = ".o_form_view") {
    return {
        content: `Choice ${position} of ${name}`,
        trigger: `${scope} .o_field_widget[name="${name}"] .o_selection_badge:eq(${position})`,
        run: "click",
    };
}

const SAVE = [
    {
        content: "Save",
        trigger: ".o_form_view .o_form_button_save:enabled",
        run: "click",
    },
    { content: "Saved", trigger: ".o_form_saved" },
];

registry.category("web_tour.tours").add("dealer_hotline_1_call", {
    steps: () => [
        {
            content: "The number on the display has found the car",
            trigger: '.o_form_view .o_field_widget[name="plate"] input:value("粤E12345")',
        },
        {
            content: "Its customer is known",
            trigger: '.o_form_view .o_field_widget[name="caller_name"] input:value("何嘉敏")',
        },
        badge("accident_type", 0),
        badge("injury", 1),
        badge("drivable", 0),
        fill("place", "示范大道路口"),
        fill("description", "避让行人撞路沿", ".o_form_view", "textarea"),
        fill("insurer_id", "巡演财险"),
        {
            content: "Choose the insurer",
            trigger: '.o-autocomplete--dropdown-item:not(.o_m2o_dropdown_option) a:contains("巡演财险")',
            run: "click",
        },
        fill("report_no", "RB20260001"),
        badge("dispatch_to", 0),
        press("action_dispatch"),
        ...refused("G-H8"),
        {
            content: "Tell the steps, one touch each",
            trigger: ".o_dealer_guidance_step:not(.o_done)",
            async run() {
                const next = () =>
                    document.querySelector(".o_dealer_guidance_step:not(.o_done)");
                while (next()) {
                    next().click();
                    await new Promise((resolve) => setTimeout(resolve, 150));
                }
            },
        },
        press("action_dispatch"),
        inState("dispatched"),
        press("action_open_arrive"),
        {
            content: "The surveyor is on site",
            trigger: `${MODAL} button[name="action_confirm"]`,
            run: "click",
        },
        inState("surveyed"),
        press("action_open_follow_up"),
        badge("result", 1, MODAL),
        fill("note", "明天回店", MODAL),
        {
            content: "Write the talk down",
            trigger: `${MODAL} button[name="action_confirm"]`,
            run: "click",
        },
        {
            content: "The follow-up stands on the list",
            trigger: '.o_field_widget[name="follow_ids"] td:contains("明天回店")',
        },
        // nobody gives a call up without a reason
        press("action_not_return"),
        ...refused("G-H2", "G-H4", "G-H5"),
        // a return without its time is refused
        press("action_open_return"),
        {
            content: "Without a time",
            trigger: `${MODAL} button[name="action_confirm"]`,
            run: "click",
        },
        {
            content: "Refused by G-H3",
            trigger: '.o_dialog .modal-body:contains("[G-H3]")',
        },
        {
            content: "Close the refusal",
            trigger: '.o_dialog:has(.modal-body:contains("[G-H3]")) .modal-footer button.btn-primary',
            run: "click",
        },
        {
            content: "The dialog is there",
            trigger: `${MODAL} .o_field_widget[name="moment"]`,
        },
        {
            content: "Open the time",
            trigger: `${MODAL} .o_field_widget[name="moment"] input, ${MODAL} .o_field_widget[name="moment"] button`,
            run: "click",
        },
        {
            content: "Enter the time of the return",
            trigger: `${MODAL} .o_field_widget[name="moment"] input`,
            run: "edit now && press Tab",
        },
        {
            content: "Save the return",
            trigger: `${MODAL} button[name="action_confirm"]`,
            run: "click",
        },
        inState("returned"),
        press("action_close"),
        inState("closed"),
    ],
});
