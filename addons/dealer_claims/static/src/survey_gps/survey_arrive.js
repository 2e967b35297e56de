import { Component, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { measurePosition } from "./survey_position";

/*
 * The button of the surveyor at the scene: measures where the phone is and tells the
 * server. Later it measures again, as long as the report is open.
 */
export class SurveyArrive extends Component {
    static template = "dealer_claims.SurveyArrive";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.state = useState({ busy: false });
    }

    get survey() {
        return this.props.record.data;
    }

    get canArrive() {
        return this.survey.state === "accepted";
    }

    get canMeasure() {
        return this.survey.state === "on_site";
    }

    get noPlace() {
        return this.canMeasure && !this.survey.has_position;
    }

    async send(method) {
        if (this.state.busy) {
            return;
        }
        this.state.busy = true;
        try {
            if ((await this.props.record.save()) === false) {
                return;
            }
            const position = await measurePosition();
            await this.orm.call("dealer.survey", method, [
                [this.props.record.resId],
                position,
            ]);
            await this.props.record.load();
        } finally {
            this.state.busy = false;
        }
    }
}

registry.category("view_widgets").add("dealer_survey_arrive", {
    component: SurveyArrive,
    fieldDependencies: [
        { name: "state", type: "selection" },
        { name: "has_position", type: "boolean" },
    ],
});
