import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { WarningDialog } from "@web/core/errors/error_dialogs";

/**
 * Refusal of a guarded step. The web client knows errors by the full name of their
 * class; without this entry it would take a refusal for a crash.
 */
export class GuardDialog extends WarningDialog {
    inferTitle() {
        return _t("Not Possible Yet");
    }
}

registry
    .category("error_dialogs")
    .add("odoo.addons.dealer_base.models.guard_mixin.GuardError", GuardDialog);
