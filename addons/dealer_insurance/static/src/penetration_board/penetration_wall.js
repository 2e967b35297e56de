import { Component, onWillStart, onWillUnmount, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

import { amount, ARROWS, percent, points, standing } from "./board_format";

const SECOND = 1000;
// Used until the server has told what the store has set.
const FIRST_REFRESH = 30;
const FIRST_ROTATE = 15;
// Rows that stay readable from across the room.
const PAGE_ROWS = 8;

/**
 * The board on the wall of the showroom: dark, large, by itself. One call refreshes all
 * of it. When the server does not answer, the last picture stays, with a mark that says
 * since when it is old, and the wall goes on asking.
 */
export class PenetrationWall extends Component {
    static template = "dealer_insurance.PenetrationWall";
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.format = { amount, percent, points, standing, arrows: ARROWS };
        this.state = useState({ data: null, page: 0, staleSince: null });
        this.alive = true;
        onWillStart(() => this.load());
        onWillUnmount(() => {
            this.alive = false;
            browser.clearTimeout(this.refreshTimer);
            browser.clearTimeout(this.rotateTimer);
        });
        this.scheduleRotation();
    }

    /** Pages: each dimension, cut into pieces that fit on the screen. */
    get pages() {
        const pages = [];
        for (const board of this.state.data.boards) {
            const rows = board.rows.filter((row) => row.delivered);
            for (let start = 0; start === 0 || start < rows.length; start += PAGE_ROWS) {
                pages.push({ ...board, rows: rows.slice(start, start + PAGE_ROWS) });
            }
        }
        return pages;
    }

    get page() {
        const pages = this.pages;
        return pages[this.state.page % pages.length];
    }

    async load() {
        try {
            const data = await this.orm.silent.call(
                "dealer.penetration.board",
                "get_wall",
                []
            );
            if (!this.alive) {
                return;
            }
            this.state.data = data;
            this.state.staleSince = null;
        } catch {
            // A restart of the server must not empty the wall.
            if (!this.state.staleSince) {
                const known = this.state.data && this.state.data.generated_at;
                this.state.staleSince = known || new Date().toLocaleTimeString();
            }
        }
        if (this.alive) {
            const seconds = this.state.data ? this.state.data.refresh : FIRST_REFRESH;
            browser.clearTimeout(this.refreshTimer);
            this.refreshTimer = browser.setTimeout(() => this.load(), seconds * SECOND);
        }
    }

    scheduleRotation() {
        const seconds = this.state.data ? this.state.data.rotate : FIRST_ROTATE;
        this.rotateTimer = browser.setTimeout(() => {
            this.turn();
            this.scheduleRotation();
        }, seconds * SECOND);
    }

    turn() {
        if (this.state.data) {
            this.state.page = (this.state.page + 1) % this.pages.length;
        }
    }

    async close() {
        if (document.fullscreenElement) {
            await document.exitFullscreen();
        }
        return this.action.doAction("dealer_insurance.action_penetration_board", {
            clearBreadcrumbs: true,
        });
    }
}

registry.category("actions").add("dealer_penetration_wall", PenetrationWall);
