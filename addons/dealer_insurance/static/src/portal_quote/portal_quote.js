import { Interaction } from "@web/public/interaction";
import { registry } from "@web/core/registry";

/*
 * The box in which a customer signs his choice with a finger. The drawing goes with
 * the form as a picture; without a line in it nothing is sent.
 */
export class DealerQuoteSignature extends Interaction {
    static selector = ".o_dealer_portal_accept";
    dynamicContent = {
        _root: { "t-on-submit": this.onSubmit },
        ".o_dealer_sign_pad": {
            "t-on-pointerdown": this.onDown,
            "t-on-pointermove": this.onMove,
            "t-on-pointerup": this.onUp,
            "t-on-pointerleave": this.onUp,
        },
        ".o_dealer_sign_clear": { "t-on-click": this.clear },
    };

    setup() {
        this.pad = this.el.querySelector(".o_dealer_sign_pad");
        this.drawing = false;
        this.signed = false;
        if (this.pad) {
            this.pad.width = this.pad.clientWidth || 320;
            this.pen = this.pad.getContext("2d");
            this.pen.lineWidth = 2.5;
            this.pen.lineCap = "round";
        }
    }

    point(ev) {
        const box = this.pad.getBoundingClientRect();
        return [
            ((ev.clientX - box.left) * this.pad.width) / box.width,
            ((ev.clientY - box.top) * this.pad.height) / box.height,
        ];
    }

    onDown(ev) {
        this.drawing = true;
        this.pen.beginPath();
        this.pen.moveTo(...this.point(ev));
        ev.preventDefault();
    }

    onMove(ev) {
        if (this.drawing) {
            this.pen.lineTo(...this.point(ev));
            this.pen.stroke();
            this.signed = true;
        }
    }

    onUp() {
        this.drawing = false;
    }

    clear() {
        this.pen.clearRect(0, 0, this.pad.width, this.pad.height);
        this.signed = false;
    }

    onSubmit(ev) {
        if (!this.pad) {
            return;
        }
        if (!this.signed) {
            ev.preventDefault();
            this.pad.classList.add("border-danger");
            this.pad.scrollIntoView({ behavior: "smooth", block: "center" });
            return;
        }
        this.el.querySelector(".o_dealer_signature_value").value =
            this.pad.toDataURL("image/png");
    }
}

registry
    .category("public.interactions")
    .add("dealer_insurance.quote_signature", DealerQuoteSignature);
