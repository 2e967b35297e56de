import { registry } from "@web/core/registry";

import { fill, inState, press, refused, saveForm } from "@dealer_base/../tests/tour_steps";

/*
 * The issuing clerk cancels a policy and changes another: consequences first, every
 * guard refuses before it lets pass. Selectors are names of fields, buttons and states,
 * never wordings; guards are told by their code.
 */

/** A consequence stands on the form, as a warning or not. */
function ripple(key, warning) {
    const row = warning ? "tr.table-warning" : "tr:not(.table-warning)";
    return {
        content: `Consequence ${key}`,
        trigger: `.o_field_widget[name="ripple_html"] ${row} td[data-ripple="${key}"]`,
    };
}

function approved(number) {
    return [
        press("action_submit"),
        inState("submitted"),
        press("action_approve"),
        inState("approved"),
        // the insurer's number comes first
        press("action_make_effective"),
        ...refused("G-F1"),
        fill("name", number),
        ...saveForm(),
        press("action_make_effective"),
        inState("effective"),
    ];
}

registry.category("web_tour.tours").add("dealer_endorsement_1_cancel", {
    steps: () => [
        press("action_endorse"),
        {
            content: "Cancellation",
            trigger: '.o_field_widget[name="kind"] input[data-value="cancel"]',
            run: "click",
        },
        ripple("premium", true),
        ripple("cover", true),
        {
            content: "No refund before a figure is entered",
            trigger:
                '.o_field_widget[name="ripple_html"]:not(:has(td[data-ripple="payee"]))',
        },
        ...saveForm(),
        inState("draft"),
        press("action_submit"),
        ...refused("G-E3"),
        press("action_take_formula"),
        ripple("premium", false),
        ripple("payee", false),
        ripple("fee", false),
        ...approved("TOURE1"),
    ],
});

registry.category("web_tour.tours").add("dealer_endorsement_2_change", {
    steps: () => [
        inState("draft"),
        press("action_submit"),
        ...refused("G-F1"),
        fill("new_plate", "粤A12345"),
        ...saveForm(),
        ...approved("TOURE2"),
    ],
});
