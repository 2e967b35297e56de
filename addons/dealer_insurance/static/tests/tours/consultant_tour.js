import { registry } from "@web/core/registry";

import { inState } from "@dealer_base/../tests/tour_steps";

/*
 * The sales consultant: figures of all insurers from the published rate sheet, the
 * offers side by side, a call for help, and the offer on its way to the customer; then
 * the customer with the link on his phone. Selectors are names, never wordings.
 */

function press(name) {
    return {
        content: `Press ${name}`,
        trigger: `.o_form_view button[name="${name}"]:enabled`,
        run: "click",
    };
}

registry.category("web_tour.tours").add("dealer_consultant_quote", {
    steps: () => [
        inState("draft"),
        press("action_apply_rate_sheet"),
        {
            content: "Two offers came from the sheet",
            trigger: '.o_field_widget[name="option_ids"] .o_data_row:nth-child(2)',
        },
        press("action_calculate"),
        inState("calculated"),
        {
            content: "Two insurers side by side",
            trigger: ".o_dealer_quote_compare th[data-option]:nth-child(3)",
        },
        {
            content: "The customer prefers the first offer",
            trigger: ".o_dealer_quote_compare th:nth-child(2) .o_dealer_choose",
            run: "click",
        },
        {
            content: "It is chosen",
            trigger: ".o_dealer_quote_compare th:nth-child(2) .o_dealer_chosen",
        },
        press("action_ask_assist"),
        {
            content: "Where",
            trigger: '.o_dialog .o_field_widget[name="place"] input',
            run: "edit Table 3",
        },
        {
            content: "Ask",
            trigger: ".o_dialog footer button.btn-primary",
            run: "click",
        },
        { content: "Asked", trigger: "body:not(:has(.o_dialog))" },
        press("action_send"),
        inState("sent"),
    ],
});

registry.category("web_tour.tours").add("dealer_customer_accepts", {
    steps: () => [
        {
            content: "Take the second offer",
            trigger: ".o_dealer_offer:nth-of-type(2) input[name='option_id']",
            run: "click",
        },
        {
            content: "Customer notice",
            trigger: "input[name='notice']",
            run: "check",
        },
        {
            content: "Exclusions",
            trigger: "input[name='exclusions']",
            run: "check",
        },
        {
            content: "Name",
            trigger: ".o_dealer_portal_accept input[name='name']",
            run: "edit Chen Jingyi",
        },
        {
            content: "Sign with a finger",
            trigger: ".o_dealer_sign_pad",
            run() {
                const box = this.anchor.getBoundingClientRect();
                const at = (type, x, y) =>
                    this.anchor.dispatchEvent(
                        new PointerEvent(type, {
                            bubbles: true,
                            clientX: box.left + x,
                            clientY: box.top + y,
                        })
                    );
                at("pointerdown", 20, 20);
                at("pointermove", 80, 60);
                at("pointermove", 120, 30);
                at("pointerup", 120, 30);
            },
        },
        {
            content: "Accept",
            trigger: ".o_dealer_accept",
            run: "click",
            expectUnloadPage: true,
        },
        { content: "Accepted", trigger: ".alert-success .fa-check-circle" },
    ],
});
