import { Component } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/**
 * Steps of guidance as big check boxes: one touch each, while the caller is on the line.
 */
export class GuidanceChecklist extends Component {
    static template = "dealer_claims.GuidanceChecklist";
    static props = { ...standardFieldProps };

    get steps() {
        return this.props.record.data[this.props.name].records;
    }

    async toggle(step) {
        if (!this.props.readonly) {
            await step.update({ is_done: !step.data.is_done });
        }
    }
}

registry.category("fields").add("dealer_guidance", {
    component: GuidanceChecklist,
    supportedTypes: ["one2many"],
    relatedFields: () => [
        { name: "name", type: "char", readonly: true },
        { name: "hint", type: "char", readonly: true },
        { name: "is_required", type: "boolean", readonly: true },
        { name: "is_done", type: "boolean", readonly: false },
        {
            name: "step_id",
            type: "many2one",
            relation: "dealer.accident.guidance.step",
            readonly: false,
        },
        { name: "sequence", type: "integer", readonly: false },
    ],
});
