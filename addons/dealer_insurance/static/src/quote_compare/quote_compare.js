import { Component } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/*
 * Offers of the insurers side by side: covers as rows, insurers as columns.
 * Everything shown comes from the server; a click on a column chooses the offer.
 */
export class QuoteCompare extends Component {
    static template = "dealer_insurance.QuoteCompare";
    static props = { ...standardFieldProps };

    setup() {
        this.orm = useService("orm");
    }

    get data() {
        return this.props.record.data[this.props.name] || { options: [], rows: [] };
    }

    get columns() {
        return this.data.options;
    }

    /** Width of a column; four insurers still fit on one screen. */
    get columnStyle() {
        return `width: ${Math.floor(76 / Math.max(this.columns.length, 1))}%`;
    }

    canChoose(column) {
        return this.data.open && this.data.several && !column.chosen && column.id;
    }

    async choose(column) {
        const saved = await this.props.record.save();
        if (saved !== false) {
            await this.orm.call("dealer.quote.option", "action_choose", [[column.id]]);
            await this.props.record.load();
        }
    }
}

registry.category("fields").add("dealer_quote_compare", {
    component: QuoteCompare,
    supportedTypes: ["json"],
});
