import { Component, onWillStart, onWillUnmount, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { formatFloat } from "@web/core/utils/numbers";
import { useSetupAction } from "@web/search/action_hook";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

const MODEL = "dealer.claim.board";
const MS_PER_SECOND = 1000;
const FEWEST_SECONDS = 15;

/**
 * The board of open claims: who holds the ball and for how many days. One call for one
 * picture; it refreshes itself and keeps the last picture while the server is away.
 */
export class ClaimBoard extends Component {
    static template = "dealer_claims.ClaimBoard";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.display = { controlPanel: {} };
        // What was chosen stays when somebody comes back by the breadcrumbs.
        const kept = this.props.state || {};
        this.state = useState({
            filters: kept.filters || {},
            late: kept.late || false,
            board: null,
            isStale: false,
        });
        useSetupAction({
            getLocalState: () => ({
                filters: { ...this.state.filters },
                late: this.state.late,
            }),
        });
        onWillStart(async () => {
            await this.load();
            const seconds = Math.max(this.state.board.refresh || 0, FEWEST_SECONDS);
            this.timer = setInterval(() => this.refresh(), seconds * MS_PER_SECOND);
        });
        onWillUnmount(() => clearInterval(this.timer));
    }

    async load() {
        this.state.board = await this.orm.call(MODEL, "get_board", [], {
            filters: this.state.filters,
            late: this.state.late,
        });
        this.state.isStale = false;
    }

    async refresh() {
        try {
            this.state.board = await this.orm.silent.call(MODEL, "get_board", [], {
                filters: this.state.filters,
                late: this.state.late,
            });
            this.state.isStale = false;
        } catch {
            this.state.isStale = true;
        }
    }

    amount(value) {
        return formatFloat(value || 0, { digits: [0, 0] });
    }

    /** Share of a column's cases that are late, for its bar. */
    lateShare(column) {
        return column.count ? (column.late / column.count) * 100 : 0;
    }

    choose(key, ev) {
        const text = ev.target.value;
        this.state.filters[key] = text ? parseInt(text) : false;
        return this.load();
    }

    toggleHolder(key) {
        this.state.filters.holder = this.state.filters.holder === key ? false : key;
        return this.load();
    }

    toggleLate() {
        this.state.late = !this.state.late;
        return this.load();
    }

    get isFiltered() {
        return this.state.late || Object.values(this.state.filters).some(Boolean);
    }

    clear() {
        this.state.filters = {};
        this.state.late = false;
        return this.load();
    }

    async open(filters, late) {
        const action = await this.orm.call(MODEL, "open_cases", [], {
            filters: { ...this.state.filters, ...filters },
            late: late || this.state.late,
        });
        return this.action.doAction(action);
    }

    openCard(card) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "dealer.claim",
            res_id: card.id,
            views: [[false, "form"]],
        });
    }
}

registry.category("actions").add("dealer_claim_board", ClaimBoard);
