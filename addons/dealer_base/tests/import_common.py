import base64

from .common import DealerBaseCommon
from .import_files import vehicles


class ImportCommon(DealerBaseCommon):
    """Runs of the kind `vehicle` in store A, uploaded by its issuing clerk."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # every batch is small, so that several are needed
        cls.company_a.write(
            {"dealer_import_inline_rows": 20, "dealer_import_batch_size": 10}
        )

    def upload(self, content, name="list.xlsx", user=None, **vals):
        """A new run of a user, as the web client creates it."""
        return (
            self.env["dealer.import"]
            .with_user(user or self.clerk)
            .create(
                {
                    "file": base64.b64encode(content),
                    "file_name": name,
                    "kind": "vehicle",
                    **vals,
                }
            )
        )

    def checked(self, content=None, **kwargs):
        run = self.upload(content or vehicles(), **kwargs)
        run.action_check()
        return run

    def codes(self, run, severity=None):
        problems = run.problem_ids
        if severity:
            problems = problems.filtered(lambda item: item.severity == severity)
        return sorted(problems.mapped("code"))

    def problem(self, run, code):
        found = run.problem_ids.filtered(lambda item: item.code == code)
        self.assertEqual(len(found), 1, f"{code} in {self.codes(run)}")
        return found

    def all_vehicles(self, company=None):
        return self.env["dealer.vehicle"].search(
            [("company_id", "=", (company or self.company_a).id)], order="id"
        )
