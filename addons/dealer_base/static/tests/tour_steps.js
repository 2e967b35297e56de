/*
 * Steps that the tours of all addons share.
 *
 * Selectors are names of fields, buttons and states, never wordings, so that a tour
 * plays in every language.
 */

export const MODAL = ".o_dialog .modal-content";

/** Press a button in the header of a form. */
export function press(name) {
    return {
        content: `Press ${name}`,
        trigger: `.o_form_statusbar .o_statusbar_buttons button[name="${name}"]:enabled`,
        run: "click",
    };
}

/** Wait until the status bar stands at a state. */
export function inState(state) {
    return {
        content: `State ${state}`,
        trigger: `.o_statusbar_status button[data-value="${state}"].o_arrow_button_current`,
    };
}

/** Wait for a refusal that names these guards, and close it. */
export function refused(...codes) {
    return [
        ...codes.map((code) => ({
            content: `Refused by ${code}`,
            trigger: `.o_dialog .modal-body:contains("[${code}]")`,
        })),
        {
            content: "Close the refusal",
            trigger: ".o_dialog .modal-footer button.btn-primary",
            run: "click",
        },
        { content: "The refusal is closed", trigger: "body:not(:has(.o_dialog))" },
    ];
}

/** Type into a field. */
export function fill(name, text, scope = ".o_form_view", tag = "input") {
    return {
        content: `Fill ${name}`,
        trigger: `${scope} .o_field_widget[name="${name}"] ${tag}`,
        run: `edit ${text}`,
    };
}

/** Type into a field that points to a record, and take the record with that name. */
export function choose(name, text, scope = ".o_form_view") {
    return [
        fill(name, text, scope),
        {
            content: `Choose ${text}`,
            trigger: `.o-autocomplete--dropdown-item:not(.o_m2o_dropdown_option) a:contains("${text}")`,
            run: "click",
        },
    ];
}

/** Take a choice of a selection by its place. */
export function select(name, position) {
    return [
        {
            content: `Open ${name}`,
            trigger: `.o_form_view .o_field_widget[name="${name}"] input`,
            run: "click",
        },
        {
            content: `Choice ${position} of ${name}`,
            trigger: `.o_field_selection_menu .o_select_menu_item:eq(${position})`,
            run: "click",
        },
    ];
}

/** Open a page of a notebook. */
export function openPage(name, scope = ".o_form_view") {
    return {
        content: `Page ${name}`,
        trigger: `${scope} .o_notebook .nav-link[name="${name}"]`,
        run: "click",
    };
}

/** Save the form and wait until it is saved. */
export function saveForm() {
    return [
        {
            content: "Save",
            trigger: ".o_form_view .o_form_button_save:enabled",
            run: "click",
        },
        { content: "Saved", trigger: ".o_form_saved" },
    ];
}
