import { registry } from "@web/core/registry";

/*
 * The clerk looks at the board by month and by day, by consultant and by team, opens the
 * cars behind a number and confirms the day. Selectors are names and keys, no wordings.
 */
registry.category("web_tour.tours").add("dealer_board_clerk", {
    steps: () => [
        {
            content: "Two of three cars of the month are insured here",
            trigger: ".o_dealer_board_tiles .fs-2:contains('66.7%')",
        },
        {
            content: "The better consultant stands first",
            trigger:
                ".o_dealer_board_table tbody tr:first-child .o_dealer_rank_1",
        },
        {
            content: "By team",
            trigger: "button[name='dimension_team']",
            run: "click",
        },
        {
            content: "Both teams stand on the board",
            trigger: ".o_dealer_board_table tbody tr:nth-child(2)",
        },
        {
            content: "By consultant",
            trigger: "button[name='dimension_consultant']",
            run: "click",
        },
        {
            content: "Open the car that nobody has explained",
            trigger: ".o_dealer_board_table a[data-part='unregistered']",
            run: "click",
        },
        {
            content: "One car in the list",
            trigger: ".o_list_view:has(.o_data_row):not(:has(.o_data_row:nth-child(2)))",
        },
        {
            content: "Back to the board",
            trigger: ".o_breadcrumb .o_back_button, .breadcrumb-item a",
            run: "click",
        },
        {
            content: "The day alone",
            trigger: "button[name='period_day']",
            run: "click",
        },
        {
            content: "The picture of the day",
            trigger: "button[name='period_day'].active",
        },
        {
            content: "Everything of the day is entered",
            trigger: "button[name='confirm']",
            run: "click",
        },
        {
            content: "Confirmed in time or late, and the button is gone",
            trigger:
                ".o_dealer_board:not(:has(button[name='confirm'])) .o_dealer_board_update[data-state]",
        },
    ],
});

/** The wall shows all boards by itself and can be left. */
registry.category("web_tour.tours").add("dealer_board_wall", {
    steps: () => [
        {
            content: "The first page",
            trigger: ".o_dealer_wall .o_dealer_wall_dots span:nth-child(1).active",
        },
        {
            content: "A bar in the colour of the target",
            trigger: ".o_dealer_wall .o_dealer_low .o_dealer_wall_bar",
        },
        {
            content: "Turn the page",
            trigger: ".o_dealer_wall button[name='turn']",
            run: "click",
        },
        {
            content: "The second page",
            trigger: ".o_dealer_wall .o_dealer_wall_dots span:nth-child(2).active",
        },
        {
            content: "Leave the wall",
            trigger: ".o_dealer_wall button[name='close']",
            run: "click",
        },
        {
            content: "The board is back",
            trigger: ".o_dealer_board .o_dealer_board_table",
        },
    ],
});

/** The server does not answer: the picture stays and says since when it is old. */
registry.category("web_tour.tours").add("dealer_board_stale", {
    steps: () => [
        {
            content: "The wall runs; the server goes away",
            trigger: ".o_dealer_wall .o_dealer_wall_table",
            run: () => {
                const { open, send } = XMLHttpRequest.prototype;
                XMLHttpRequest.prototype.open = function (method, url, ...rest) {
                    this.isWall = url.includes("get_wall");
                    return open.call(this, method, url, ...rest);
                };
                XMLHttpRequest.prototype.send = function (...args) {
                    if (this.isWall) {
                        this.dispatchEvent(new Event("error"));
                    } else {
                        send.apply(this, args);
                    }
                };
                window.restoreServer = () =>
                    Object.assign(XMLHttpRequest.prototype, { open, send });
            },
        },
        {
            content: "The mark appears, the figures stay",
            trigger:
                ".o_dealer_wall:has(.o_dealer_wall_table tbody tr) .o_dealer_wall_stale",
            timeout: 30000,
            run: () => window.restoreServer(),
        },
        {
            content: "The server is back, the mark is gone",
            trigger: ".o_dealer_wall:not(:has(.o_dealer_wall_stale))",
            timeout: 30000,
        },
    ],
});
