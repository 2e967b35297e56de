import { registry } from "@web/core/registry";

/**
 * /odoo/hotline-call?phone=139...: the form of a new call for the number on the display.
 * Telephone systems come here through /dealer/hotline/call.
 */
async function openHotlineCall(env, action) {
    const phone = String(action.params?.phone || action.context?.phone || "");
    return env.services.orm.call("dealer.accident.call", "get_popup_action", [], {
        phone,
    });
}
openHotlineCall.path = "hotline-call";

registry.category("actions").add("dealer_hotline_call", openHotlineCall);
