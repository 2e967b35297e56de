import { Component, onWillStart, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { useSetupAction } from "@web/search/action_hook";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

import { amount, ARROWS, percent, points, sparkline, standing } from "./board_format";

const MODEL = "dealer.penetration.board";
const { DateTime } = luxon;

/**
 * The board of delivered and insured cars: one call for one picture. Every number opens
 * the cars behind it.
 */
export class PenetrationBoard extends Component {
    static template = "dealer_insurance.PenetrationBoard";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.notification = useService("notification");
        this.display = { controlPanel: {} };
        this.format = { amount, percent, points, sparkline, standing, arrows: ARROWS };
        // What was chosen stays when somebody comes back by the breadcrumbs.
        const kept = this.props.state || {};
        this.state = useState({
            period: kept.period || "month",
            day: kept.day || null,
            dimension: kept.dimension || "consultant",
            board: null,
        });
        this.numbers = [
            { part: "delivered", label: _t("Cars Delivered") },
            { part: "insured", label: _t("Insured Here") },
            { part: "commercial", label: _t("With Commercial Cover") },
            { part: "ctpl_only", label: _t("CTPL Only") },
        ];
        this.losses = [
            { part: "lost", label: _t("Lost") },
            { part: "registered", label: _t("Losses Registered") },
            { part: "unregistered", label: _t("Not Registered") },
        ];
        this.updateWords = {
            on_time: _t("Updated in time"),
            late: _t("Updated late"),
            missing: _t("Not updated, the deadline has passed"),
            open: _t("Not updated yet"),
        };
        useSetupAction({
            getLocalState: () => {
                const { period, day, dimension } = this.state;
                return { period, day, dimension };
            },
        });
        onWillStart(() => this.load());
    }

    get args() {
        return [this.state.period, this.state.day, this.state.dimension];
    }

    get title() {
        const { period, date_from } = this.state.board;
        return period === "day" ? date_from : date_from.slice(0, 7);
    }

    get dimensionLabel() {
        const { dimension, dimensions } = this.state.board;
        return Object.fromEntries(dimensions)[dimension];
    }

    get isLast() {
        const { date_to, today } = this.state.board;
        return date_to >= today;
    }

    async load() {
        this.state.board = await this.orm.call(MODEL, "get_board", this.args);
    }

    setPeriod(period) {
        this.state.period = period;
        return this.load();
    }

    setDimension(dimension) {
        this.state.dimension = dimension;
        return this.load();
    }

    /** One period back (-1) or on (1). */
    move(step) {
        const { period, date_from } = this.state.board;
        const unit = period === "day" ? "days" : "months";
        const moved = DateTime.fromISO(date_from).plus({ [unit]: step });
        this.state.day = moved.toISODate();
        return this.load();
    }

    setDay(ev) {
        const text = ev.target.value;
        this.state.day = text ? (text.length === 7 ? `${text}-01` : text) : null;
        return this.load();
    }

    async openCars(part, row) {
        const filters = row ? { [this.state.dimension]: row.key || false } : {};
        const action = await this.orm.call(MODEL, "open_cars", [], {
            part,
            period: this.state.period,
            day: this.state.day,
            filters,
        });
        return this.action.doAction(action);
    }

    async print() {
        const action = await this.orm.call(MODEL, "print_board", this.args);
        return this.action.doAction(action);
    }

    /** The day is complete: the clerk signs it. */
    async confirmUpdate() {
        const { day } = this.state.board.update;
        await this.orm.call("dealer.board.update", "action_confirm_update", [day]);
        this.notification.add(_t("The board of %s is confirmed.", day), {
            type: "success",
        });
        return this.load();
    }

    async openWall() {
        try {
            await document.documentElement.requestFullscreen();
        } catch {
            // A browser may refuse; the wall fills its window all the same.
        }
        return this.action.doAction("dealer_insurance.action_penetration_wall");
    }

    get months() {
        return this.state.board.months.join(" → ");
    }
}

registry.category("actions").add("dealer_penetration_board", PenetrationBoard);
