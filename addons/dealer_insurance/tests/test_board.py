"""The penetration board: figures by hand, targets, ranks, rights, query counts."""

from datetime import date

from freezegun import freeze_time
from psycopg2.errors import ExclusionViolation

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.service.model import call_kw
from odoo.tests import tagged
from odoo.tools import mute_logger

from .board_common import BoardCommon


@tagged("post_install", "-at_install")
class TestBoard(BoardCommon):
    def _get(self, user=None, **params):
        board = self.env["dealer.penetration.board"].with_user(user or self.clerk)
        board = board.with_company(self.company)
        return call_kw(
            board, "get_board", [], {**params, "context": dict(board.env.context)}
        )

    def _rows(self, board):
        return {row["label"]: row for row in board["rows"]}

    # -- figures ----------------------------------------------------------------

    def test_figures_by_hand(self):
        """Anna: 3 delivered, 2 insured of which 1 CTPL only; Bert: 1 of 1."""
        self._cars(self.anna, "cip", date(2026, 8, 5))
        self._cars(self.bert, "c", date(2026, 8, 6))
        board = self._get(period="month", day="2026-08-20")
        rows = self._rows(board)
        anna, bert = rows["Anna"], rows["Bert"]
        self.assertEqual(
            {key: anna[key] for key in ("delivered", "insured", "commercial")},
            {"delivered": 3, "insured": 2, "commercial": 1},
        )
        self.assertEqual(anna["ctpl_only"], 1)
        self.assertAlmostEqual(anna["penetration"], 2 / 3)
        self.assertAlmostEqual(anna["commercial_rate"], 1 / 3)
        # 950 + 4500 for the full cover, 950 for CTPL alone; no vehicle tax.
        self.assertEqual(anna["premium"], 6400.0)
        self.assertEqual(anna["premium_per_car"], 3200.0)
        self.assertEqual((anna["lost"], anna["registered"]), (1, 0))
        self.assertEqual(anna["unregistered"], 1)
        self.assertEqual((bert["rank"], anna["rank"]), (1, 2))
        total = board["total"]
        self.assertEqual((total["delivered"], total["insured"]), (4, 3))
        self.assertEqual(total["penetration"], 0.75)
        self.assertEqual(total["premium"], 6400.0 + 5450.0)

    def test_nothing_is_no_zero(self):
        """Who delivered nothing has a dash and no rank, and is on the board."""
        self._cars(self.anna, "p", date(2026, 8, 5))
        rows = self._rows(self._get(day="2026-08-20"))
        self.assertEqual(rows["Anna"]["penetration"], 0.0)
        self.assertEqual(rows["Anna"]["rank"], 1)
        self.assertIsNone(rows["Bert"]["penetration"])
        self.assertIsNone(rows["Bert"]["premium_per_car"])
        self.assertIsNone(rows["Bert"]["rank"])
        empty = self._get(day="2020-01-01")
        self.assertIsNone(empty["total"]["penetration"])

    def test_equal_shares_have_equal_ranks(self):
        self._cars(self.anna, "cp", date(2026, 8, 5))
        self._cars(self.bert, "ccpp", date(2026, 8, 5))
        self._cars(self.carl, "p", date(2026, 8, 5))
        board = self._get(day="2026-08-20")
        self.assertEqual(
            [(row["label"], row["rank"]) for row in board["rows"] if row["rank"]],
            [("Bert", 1), ("Anna", 1), ("Carl", 3)],
        )

    def test_a_car_delivered_twice_is_one_car(self):
        """A returned car that is sold again in the month counts once (K01)."""
        first = self._cars(self.anna, "c", date(2026, 8, 5))
        self._deliver(self.anna, first.vehicle_id, date(2026, 8, 25))
        total = self._get(day="2026-08-20")["total"]
        self.assertEqual((total["delivered"], total["insured"]), (1, 1))
        self.assertEqual(total["premium"], 5450.0)

    def test_day_and_month(self):
        self._cars(self.anna, "c", date(2026, 8, 5))
        self._cars(self.anna, "pp", date(2026, 8, 6))
        self._cars(self.anna, "p", date(2026, 7, 31))
        day = self._get(period="day", day="2026-08-06")["total"]
        self.assertEqual((day["delivered"], day["insured"]), (2, 0))
        self.assertEqual(self._get(day="2026-08-06")["total"]["delivered"], 3)

    def test_dimensions(self):
        """Every dimension adds up to the same store."""
        self._cars(self.anna, "cp", date(2026, 8, 5), channel="secondary")
        cars = self._cars(self.bert, "cip", date(2026, 8, 5))
        cars[0].vehicle_id.model_id = self.model
        cars[1:].vehicle_id.model_text = "Sedan 1.6"
        for dimension in ("consultant", "team", "model", "channel"):
            board = self._get(day="2026-08-20", dimension=dimension)
            self.assertEqual(
                sum(row["delivered"] for row in board["rows"]), 5, dimension
            )
            self.assertEqual(sum(row["insured"] for row in board["rows"]), 3)
        teams = self._rows(self._get(day="2026-08-20", dimension="team"))
        self.assertEqual(teams["Team One"]["delivered"], 2)
        models = self._rows(self._get(day="2026-08-20", dimension="model"))
        self.assertEqual(models["Model X"]["delivered"], 1)
        self.assertEqual(models["Sedan 1.6"]["delivered"], 2)
        channels = self._rows(self._get(day="2026-08-20", dimension="channel"))
        self.assertEqual(channels["Sub-dealer"]["delivered"], 2)

    def test_trend(self):
        """Half in June, nothing delivered in July, all in August: up."""
        self._cars(self.anna, "cp", date(2026, 6, 5))
        self._cars(self.anna, "c", date(2026, 8, 5))
        row = self._rows(self._get(day="2026-08-20"))["Anna"]
        self.assertEqual(row["trend"], [None, None, None, 0.5, None, 1.0])
        self.assertEqual(row["direction"], "up")
        self._cars(self.anna, "ppp", date(2026, 8, 7))
        row = self._rows(self._get(day="2026-08-20"))["Anna"]
        self.assertEqual(row["direction"], "down")

    def test_void_and_registered(self):
        cars = self._cars(self.anna, "cr", date(2026, 8, 5))
        total = self._get(day="2026-08-20")["total"]
        self.assertEqual((total["insured"], total["registered"]), (1, 1))
        entry = cars.vehicle_id.underwriting_ids
        entry._write_protected({"voided_at": "2026-08-09 08:00:00"})
        total = self._get(day="2026-08-20")["total"]
        self.assertEqual((total["insured"], total["lost"]), (0, 2))
        self.assertEqual((total["registered"], total["unregistered"]), (1, 1))
        self.assertEqual(total["premium"], 0.0)

    # -- targets ----------------------------------------------------------------

    def _target(self, penetration, **vals):
        return (
            self.env["dealer.board.target"]
            .with_user(self.manager)
            .create(
                {
                    "company_id": self.company.id,
                    "date_from": date(2026, 8, 1),
                    "penetration": penetration,
                    **vals,
                }
            )
        )

    def test_target_of_the_nearest_unit(self):
        self._cars(self.anna, "cp", date(2026, 8, 5))
        self._cars(self.bert, "cp", date(2026, 8, 5))
        self._cars(self.carl, "cp", date(2026, 8, 5))
        self._target(0.6)
        self._target(0.7, team_id=self.team.id)
        self._target(0.4, consultant_id=self.anna.id)
        rows = self._rows(self._get(day="2026-08-20"))
        # Anna her own, Bert (team two) the store's, Carl that of team one.
        self.assertEqual(rows["Anna"]["target"], 0.4)
        self.assertAlmostEqual(rows["Anna"]["gap"], 0.1)
        self.assertEqual(rows["Bert"]["target"], 0.6)
        self.assertAlmostEqual(rows["Bert"]["gap"], -0.1)
        self.assertEqual(rows["Carl"]["target"], 0.7)
        before = self._get(day="2026-07-20")
        self.assertIsNone(before["total"]["target"])

    def test_one_target_for_a_day(self):
        first = self._target(0.6)
        first.date_to = date(2026, 8, 31)
        self.env.flush_all()
        self._target(0.65, date_from=date(2026, 9, 1))
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(ExclusionViolation),
            self.env.cr.savepoint(),
        ):
            self._target(0.7, date_from=date(2026, 8, 31), date_to=date(2026, 8, 31))
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            self._target(0.7, team_id=self.team.id, consultant_id=self.anna.id)

    # -- drill-down -------------------------------------------------------------

    def test_cars_behind_each_number(self):
        self._cars(self.anna, "ccipr", date(2026, 8, 5))
        self._cars(self.bert, "c", date(2026, 8, 5))
        row = self._rows(self._get(day="2026-08-20"))["Anna"]
        board = self.env["dealer.penetration.board"].with_user(self.clerk)
        board = board.with_company(self.company)
        for part in (
            "delivered",
            "insured",
            "commercial",
            "ctpl_only",
            "lost",
            "registered",
            "unregistered",
        ):
            action = board.open_cars(
                part, day="2026-08-20", filters={"consultant": row["key"]}
            )
            found = board.env[action["res_model"]].search(action["domain"])
            self.assertEqual(len(found), row[part], part)
            self.assertTrue(found, part)
        with self.assertRaises(UserError):
            board.open_cars("everything")

    # -- rights -----------------------------------------------------------------

    def test_everybody_sees_the_same_board(self):
        """A consultant reads only his own ledger entries; the board is the store's."""
        self._cars(self.anna, "c", date(2026, 8, 5))
        self._cars(self.bert, "c", date(2026, 8, 5))
        shown = self._get(user=self.users["sales_consultant"], day="2026-08-20")
        self.assertEqual(shown["total"]["premium"], 10900.0)
        self.assertFalse(shown["update"]["can_confirm"])

    def test_two_stores(self):
        self._cars(self.anna, "c", date(2026, 8, 5))
        foreign = self._user("policy_clerk", self.company_2, login="board_foreign")
        board = self.env["dealer.penetration.board"].with_user(foreign)
        with self.assertRaises(AccessError):
            board.get_board(store=self.company.id)
        with self.assertRaises(AccessError):
            board.get_wall(store=self.company.id)
        with self.assertRaises(AccessError):
            board.open_cars("delivered", store=self.company.id)
        own = board.with_company(self.company_2).get_board(day="2026-08-20")
        self.assertEqual(own["total"]["delivered"], 0)

    def test_outsiders(self):
        outsider = self._outsider()
        board = self.env["dealer.penetration.board"].with_user(outsider)
        for call in (board.get_board, board.get_wall, board.print_board):
            with self.assertRaises(AccessError):
                call()

    def test_targets_are_the_managers(self):
        for post in ("policy_clerk", "uw_leader", "sales_consultant"):
            Target = self.env["dealer.board.target"].with_user(self.users[post])
            with self.assertRaises(AccessError):
                Target.create(
                    {
                        "company_id": self.company.id,
                        "date_from": date(2026, 8, 1),
                        "penetration": 0.1,
                    }
                )

    def test_wrong_parameters(self):
        with self.assertRaises(UserError):
            self._get(period="year")
        with self.assertRaises(UserError):
            self._get(dimension="colour")

    # -- wall, print, size ------------------------------------------------------

    def test_wall(self):
        today = self.company._dealer_today()
        self._cars(self.anna, "cp", today)
        wall = self.env["dealer.penetration.board"].with_user(self.clerk)
        wall = wall.with_company(self.company).get_wall()
        self.assertEqual(
            [board["dimension"] for board in wall["boards"]],
            ["consultant", "team", "model"],
        )
        self.assertEqual(wall["today"]["delivered"], 2)
        self.assertEqual(wall["refresh"], self.company.dealer_board_refresh)
        for board in wall["boards"]:
            self.assertEqual(board["total"]["insured"], 1)

    def test_print(self):
        self._cars(self.anna, "cp", date(2026, 8, 5))
        board = self.env["dealer.penetration.board"].with_user(self.clerk)
        board = board.with_company(self.company)
        action = board.print_board(day="2026-08-20")
        self.assertEqual(
            action["report_name"], "dealer_insurance.report_penetration_board"
        )
        html, _type = board.env["ir.actions.report"]._render_qweb_html(
            action["report_name"], self.company.ids, data=action["data"]
        )
        text = html.decode()
        self.assertIn("Anna", text)
        self.assertIn("50.0%", text)
        self.assertIn("5,450.00", text)

    def test_queries_do_not_grow(self):
        """As many statements for 500 cars as for 50 (one RPC of the wall)."""
        self._many_cars(50)
        few = self._count_queries()
        self._many_cars(450)
        self.assertEqual(
            self._get(day="2026-08-20", dimension="channel")["total"]["delivered"], 500
        )
        many = self._count_queries()
        self.assertLessEqual(many, few)
        self.assertLess(many, 60)
        board = self.env["dealer.penetration.board"].with_user(self.clerk)
        board = board.with_company(self.company)
        board.get_board(day="2026-08-20")
        with self.assertQueryCount(30):
            self.env.invalidate_all()
            board.get_board(day="2026-08-20")

    @freeze_time("2026-08-20 08:00:00")
    def _count_queries(self):
        board = self.env["dealer.penetration.board"].with_user(self.clerk)
        board = board.with_company(self.company)
        board.get_wall()
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        wall = board.get_wall()
        self.assertTrue(wall["boards"][0]["rows"])
        return self.env.cr.sql_log_count - before
