"""The board and its wall screen in the browser."""

from odoo import Command, fields
from odoo.tests import HttpCase, new_test_user, tagged

from .board_common import BoardCommon


@tagged("post_install", "-at_install")
class TestTourBoard(HttpCase, BoardCommon):
    def setUp(self):
        super().setUp()
        self.company.dealer_board_refresh = 10
        self.company.dealer_board_rotate = 3600
        self.user = new_test_user(
            self.su_env,
            login="tour_board",
            groups="dealer_base.group_policy_clerk",
            lang="zh_CN",
            tz="Asia/Shanghai",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        self.day = self.company._dealer_today()
        self._cars(self.anna, "cp", self.day)
        self._cars(self.bert, "c", self.day)
        self.su_env["dealer.board.target"].create(
            {
                "company_id": self.company.id,
                "date_from": fields.Date.start_of(self.day, "year"),
                "penetration": 0.9,
            }
        )

    def test_clerk(self):
        self.start_tour(
            "/odoo/penetration-board", "dealer_board_clerk", login=self.user.login
        )
        update = self.su_env["dealer.board.update"].search(
            [("company_id", "=", self.company.id)]
        )
        self.assertRecordValues(
            update, [{"day": self.day, "confirmed_by_id": self.user.id}]
        )

    def test_wall(self):
        self.start_tour(
            "/odoo/penetration-wall", "dealer_board_wall", login=self.user.login
        )

    def test_wall_survives_the_server(self):
        self.start_tour(
            "/odoo/penetration-wall",
            "dealer_board_stale",
            login=self.user.login,
            timeout=120,
        )
