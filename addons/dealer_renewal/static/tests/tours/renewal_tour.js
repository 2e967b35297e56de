import { registry } from "@web/core/registry";

import { choose, fill, inState, MODAL, select } from "@dealer_base/../tests/tour_steps";

/*
 * A renewal in the browser: the specialist takes the next customer from his queue,
 * writes a call down in two clicks, opens the quote, notes the promise, gives a lost
 * customer to the leader; the leader approves.
 *
 * Selectors are names of fields, buttons and states, never wordings.
 */

function press(name, scope = ".o_form_view") {
    return {
        content: `Press ${name}`,
        trigger: `${scope} button[name="${name}"]:enabled:visible`,
        run: "click",
    };
}

const closed = { content: "The dialog is closed", trigger: "body:not(:has(.o_dialog))" };

// 1. Specialist: queue, call, quote, promise.
registry.category("web_tour.tours").add("dealer_renewal_1_specialist", {
    steps: () => [
        press("action_next", ".o_control_panel"),
        {
            content: "The most urgent customer is open",
            trigger: `.o_form_view h1:contains("97001")`,
        },
        inState("assigned"),
        press("action_no_answer"),
        press("action_save", MODAL),
        closed,
        inState("contacting"),
        press("action_wants_quote"),
        fill("feedback", "想要两家报价", MODAL, "textarea"),
        press("action_save", MODAL),
        {
            content: "The quote is open",
            trigger: '.o_form_view .o_field_widget[name="applicant_id"]',
        },
        {
            content: "Back to the task",
            trigger: ".o_breadcrumb .o_back_button, .breadcrumb-item.o_back_button a, .breadcrumb-item.o_back_button",
            run: "click",
        },
        inState("quoting"),
        press("action_promised"),
        fill("feedback", "周五到店付款", MODAL, "textarea"),
        press("action_save", MODAL),
        closed,
        inState("promised"),
    ],
});

// 2. Specialist: a customer who sold his car.
registry.category("web_tour.tours").add("dealer_renewal_2_specialist", {
    steps: () => [
        press("action_refused"),
        fill("feedback", "车已经卖了", MODAL, "textarea"),
        press("action_save", MODAL),
        {
            content: "The loss knows its task",
            trigger: '.o_form_view .o_field_widget[name="renewal_task_id"]',
        },
        ...choose("reason_id", "RL-06"),
        ...select("competitor_channel", 7),
        press("action_submit"),
        inState("submitted"),
    ],
});

// 3. Leader: approves the loss from his list.
registry.category("web_tour.tours").add("dealer_renewal_3_leader", {
    steps: () => [
        {
            content: "Open the loss",
            trigger: '.o_data_row .o_data_cell[name="plate"]',
            run: "click",
        },
        inState("lost_pending"),
        press("action_approve_loss"),
        {
            content: "It is lost",
            trigger: '.o_form_view:has(.o_widget_web_ribbon):not(:has(button[name="action_approve_loss"]))',
        },
    ],
});

// 4. Reception: the plate at the service lane.
registry.category("web_tour.tours").add("dealer_renewal_4_lane", {
    steps: () => [
        fill("name", "粤E97001"),
        press("action_look"),
        {
            content: "The specialist is told",
            trigger: ".o_form_view .alert-success:visible",
        },
    ],
});
