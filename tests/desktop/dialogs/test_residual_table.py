from pytestqt.qtbot import QtBot

from desktop.dialogs.residual_table import ResidualTable


def texts(table: ResidualTable) -> list[list[str]]:
    rows, columns = range(table.rowCount()), range(table.columnCount())
    return [[table.item(row, column).text() for column in columns] for row in rows]


def test_residuals_stand_in_px_and_in_mm_where_the_scale_is_known(qtbot: QtBot) -> None:
    known, unknown = ResidualTable(10.0), ResidualTable(None)
    for table in (known, unknown):
        qtbot.addWidget(table)
        table.show_points(2, (0.5, 12.34), 1)
        assert table.currentRow() == 1
    assert texts(known) == [["1", "0.50", "0.050"], ["2", "12.34", "1.234"]]
    assert texts(unknown) == [["1", "0.50"], ["2", "12.34"]]


def test_nothing_is_said_of_points_that_are_too_few_and_none_is_chosen(qtbot: QtBot) -> None:
    table = ResidualTable(10.0)
    qtbot.addWidget(table)
    with qtbot.assertNotEmitted(table.currentCellChanged):
        table.show_points(1, (), -1)
    assert texts(table) == [["1", "–", "–"]]
    assert not table.selectedItems()
