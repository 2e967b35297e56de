import re
from datetime import datetime

from odoo.addons.dealer_insurance.tests.import_common import ImportCommon

TRACKER_SAMPLE = "理赔电子动态表_2026.xlsx"
#: Header and one clean line of a tracker, in the words of the trade.
HEADER = [
    "案件号",
    "报案号",
    "保险公司",
    "险种",
    "车牌号",
    "车架号",
    "被保险人",
    "联系电话",
    "责任",
    "索赔方式",
    "接车员",
    "出险日",
    "接车日",
    "定损日",
    "竣工日",
    "离店日",
    "资料移交日",
    "资料审核日",
    "递交日",
    "理算日",
    "核赔日",
    "回款日",
    "结案日",
    "定损金额",
    "维修金额",
    "客户自负",
    "预计回款",
    "实际回款",
    "差额",
    "退案次数",
    "最近退案日",
    "退案原因",
    "逾期天数",
    "逾期原因",
    "当前状态",
    "负责人",
]


class TrackerCommon(ImportCommon):
    """A store with a submitter who uploads trackers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.submitter = cls._user("claim_submitter")

    def _line(self, **cells):
        """One line of a tracker: paid in time, nothing wrong with it."""
        line = {
            "案件号": "LP26-0001",
            "报案号": "9506000026735426808",
            "保险公司": self.insurers[:1].name,
            "险种": "车损险",
            "车牌号": "粤EU570E",
            "车架号": "LGBG02E00GZ125842",
            "被保险人": "黄晋栋",
            "联系电话": "15502497599",
            "责任": "主责",
            "索赔方式": "直赔",
            "接车员": "叶永康",
            "出险日": "2026-01-01",
            "接车日": "2026-01-02",
            "定损日": "2026-01-03",
            "竣工日": "2026-01-07",
            "离店日": "2026-01-11",
            "资料移交日": "2026-01-13",
            "资料审核日": "2026-01-14",
            "递交日": "2026-01-16",
            "理算日": "2026-01-23",
            "核赔日": "2026-01-25",
            "回款日": "2026-02-10",
            "结案日": "2026-02-20",
            "定损金额": 4100,
            "维修金额": 4500,
            "客户自负": 400,
            "预计回款": 4100,
            "实际回款": 4100,
            "差额": 0,
            "退案次数": 0,
            "逾期天数": 0,
            "当前状态": "已结案",
            "负责人": "余秀兰",
        }
        assert set(cells) <= set(HEADER), set(cells) - set(HEADER)
        return [self._cell({**line, **cells}.get(name)) for name in HEADER]

    @staticmethod
    def _cell(value):
        """Days as a spreadsheet program keeps them."""
        if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
            return datetime.fromisoformat(value)
        return value
