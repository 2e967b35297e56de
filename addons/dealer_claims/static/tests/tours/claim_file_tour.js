import { registry } from "@web/core/registry";

import { inState, openPage, press, refused } from "@dealer_base/../tests/tour_steps";

/*
 * The papers of a case at the submitter: received, looked through, handed in.
 *
 * Selectors are names of fields, buttons and states, never wordings.
 */

registry.category("web_tour.tours").add("dealer_claim_file_submitter", {
    steps: () => [
        {
            content: "The case waits in the work list",
            trigger: '.o_list_view .o_data_row:contains("CL-TOUR") td[name="paper_step"]',
            run: "click",
        },
        press("action_confirm_papers"),
        {
            content: "The next step is the audit",
            trigger: '.o_statusbar_buttons button[name="action_accept_papers"]',
        },
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
