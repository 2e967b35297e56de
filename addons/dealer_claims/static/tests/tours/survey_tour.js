import { registry } from "@web/core/registry";

/*
 * The surveyor on his phone: takes the task, arrives, photographs, is told what is
 * missing. Selectors are names of fields, buttons and codes, never wordings.
 */

const PIXEL =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8/5+hHgAHggJ/PchI7wAAAABJRU5ErkJggg==";

/** The camera gives a picture for the tile that was tapped. */
function takePhoto(code, count) {
    return [
        {
            content: `Tap the tile ${code}`,
            trigger: `.o_dealer_tile[data-code="${code}"] .o_dealer_tile_take:enabled`,
            run: "click",
        },
        {
            content: `The camera answers for ${code}`,
            trigger: `.o_dealer_tile[data-code="${code}"]`,
            run() {
                const bytes = Uint8Array.from(atob(PIXEL), (sign) => sign.charCodeAt(0));
                const files = new DataTransfer();
                files.items.add(new File([bytes], "photo.png", { type: "image/png" }));
                const input = document.querySelector(".o_dealer_camera");
                input.files = files.files;
                input.dispatchEvent(new Event("change"));
            },
        },
        {
            content: `Photo ${count} of ${code} stands in its tile`,
            trigger: `.o_dealer_tile[data-code="${code}"] .o_dealer_thumb:nth-child(${count})`,
        },
    ];
}

registry.category("web_tour.tours").add("dealer_survey_phone", {
    steps: () => [
        {
            content: "The phone tells where it is",
            trigger: ".o_kanban_view",
            run() {
                const position = {
                    coords: { latitude: 23.02, longitude: 113.12, accuracy: 8 },
                };
                Object.defineProperty(navigator, "geolocation", {
                    configurable: true,
                    value: { getCurrentPosition: (found) => found(position) },
                });
            },
        },
        {
            content: "Open the task",
            trigger: ".o_kanban_record:not(.o_kanban_ghost)",
            run: "click",
        },
        {
            content: "Take it",
            trigger: ".o_form_statusbar button[name='action_accept']:enabled",
            run: "click",
        },
        {
            content: "At the scene",
            trigger: ".o_dealer_arrive_here:enabled",
            run: "click",
        },
        { content: "The place can be measured", trigger: ".o_dealer_measure" },
        { content: "Photos are missing", trigger: ".o_dealer_photos_missing" },
        ...takePhoto("front45", 1),
        ...takePhoto("damage", 1),
        ...takePhoto("damage", 2),
        {
            content: "A blurred photo is deleted",
            trigger: '.o_dealer_tile[data-code="front45"] .o_dealer_thumb_remove',
            run: "click",
        },
        {
            content: "The tile is empty again",
            trigger: '.o_dealer_tile[data-code="front45"]:not(:has(.o_dealer_thumb))',
        },
        {
            content: "The report is refused",
            trigger: ".o_form_statusbar button[name='action_report']:enabled",
            run: "click",
        },
        {
            content: "It says which guards are open",
            trigger: ".o_dialog .modal-body:contains('[G-V5]'):contains('[G-V6]')",
        },
        {
            content: "Close the refusal",
            trigger: ".o_dialog .modal-footer button.btn-primary",
            run: "click",
        },
        { content: "The refusal is closed", trigger: "body:not(:has(.o_dialog))" },
    ],
});
