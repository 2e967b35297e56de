import { formatFloat } from "@web/core/utils/numbers";

export const NO_VALUE = "—";

/** A share as per cent with one decimal; a dash when there is nothing to divide by. */
export function percent(value) {
    if (value === null || value === undefined) {
        return NO_VALUE;
    }
    return `${formatFloat(value * 100, { digits: [0, 1] })}%`;
}

/** Difference of two shares in points, with its sign. */
export function points(value) {
    if (value === null || value === undefined) {
        return NO_VALUE;
    }
    const text = formatFloat(value * 100, { digits: [0, 1] });
    return value > 0 ? `+${text}` : text;
}

/** An amount without the currency, which stands in the heading. */
export function amount(value, digits = 2) {
    if (value === null || value === undefined) {
        return NO_VALUE;
    }
    return formatFloat(value, { digits: [0, digits] });
}

/** How a row stands to its target: the colour of its bar. */
export function standing(row) {
    if (row.gap === null || row.gap === undefined) {
        return "none";
    }
    return row.gap >= 0 ? "good" : "low";
}

/** Points of a small line over the months; months without cars are left out. */
export function sparkline(values, width = 80, height = 22) {
    const step = values.length > 1 ? width / (values.length - 1) : width;
    return values
        .map((value, index) => ({ value, x: index * step }))
        .filter(({ value }) => value !== null)
        .map(({ value, x }) => {
            const share = Math.min(Math.max(value, 0), 1);
            return `${x.toFixed(1)},${(height - 2 - share * (height - 4)).toFixed(1)}`;
        })
        .join(" ");
}

export const ARROWS = { up: "▲", down: "▼", level: "＝" };
