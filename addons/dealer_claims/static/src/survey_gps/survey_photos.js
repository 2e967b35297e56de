import { Component, useRef, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useFileViewer } from "@web/core/file_viewer/file_viewer_hook";
import { useService } from "@web/core/utils/hooks";
import { getDataURLFromFile, url } from "@web/core/utils/urls";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { measurePosition } from "./survey_position";

/*
 * Tiles of the required angles: a tap opens the camera, the photo goes to the server
 * with the place of the phone. Red tiles still miss photos.
 */
export class SurveyPhotos extends Component {
    static template = "dealer_claims.SurveyPhotos";
    static props = { ...standardFieldProps };

    setup() {
        this.orm = useService("orm");
        this.notification = useService("notification");
        this.fileViewer = useFileViewer();
        this.input = useRef("camera");
        this.state = useState({ busy: 0 });
        this.angle = 0;
    }

    get board() {
        return this.props.record.data[this.props.name] || { open: false, angles: [] };
    }

    get missing() {
        return this.board.angles.reduce(
            (sum, angle) => sum + Math.max(angle.needed - angle.photos.length, 0),
            0
        );
    }

    tileClass(angle) {
        if (angle.photos.some((photo) => photo.flag)) {
            return "border-warning";
        }
        if (angle.photos.length < angle.needed) {
            return "border-danger text-danger";
        }
        return angle.photos.length ? "border-success" : "border-secondary-subtle";
    }

    thumbnail(photo) {
        return url("/web/image", {
            model: "dealer.survey.photo",
            id: photo.id,
            field: "image_512",
        });
    }

    async tap(angle) {
        if (!this.board.open || this.state.busy) {
            return;
        }
        this.angle = angle.id;
        this.input.el.value = "";
        this.input.el.click();
    }

    async onFile(ev) {
        const files = [...ev.target.files];
        const angle = this.angle;
        if (!files.length) {
            return;
        }
        this.state.busy = angle;
        try {
            if ((await this.props.record.save()) === false) {
                return;
            }
            const position = await measurePosition();
            for (const file of files) {
                const data = (await getDataURLFromFile(file)).split(",")[1];
                await this.orm.call("dealer.survey", "action_add_photo", [
                    [this.props.record.resId],
                    angle,
                    data,
                    file.name,
                    position,
                ]);
            }
            if (!position) {
                this.notification.add(
                    _t("The phone does not tell where it is. Allow the place for this page."),
                    { type: "warning" }
                );
            }
            await this.props.record.load();
        } finally {
            this.state.busy = 0;
        }
    }

    show(angle, photo) {
        const files = angle.photos.map((item) => ({
            isImage: true,
            isViewable: true,
            name: angle.name,
            defaultSource: url("/web/image", {
                model: "dealer.survey.photo",
                id: item.id,
                field: "image",
            }),
            downloadUrl: url("/web/image", {
                model: "dealer.survey.photo",
                id: item.id,
                field: "image",
            }),
        }));
        this.fileViewer.open(files[angle.photos.indexOf(photo)], files);
    }

    async remove(photo) {
        await this.orm.call("dealer.survey", "action_remove_photo", [
            [this.props.record.resId],
            photo.id,
        ]);
        await this.props.record.load();
    }
}

registry.category("fields").add("dealer_survey_photos", {
    component: SurveyPhotos,
    supportedTypes: ["json"],
});
