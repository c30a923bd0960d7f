"""Dates as an office types them, search that does not mind digits, sorting as the dictionary has it."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from core.base.text import thai

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    "typed",
    ["14/6/69", "14/6/2569", "14-6-69", "14.6.2569", "14 มิ.ย. 2569", "14 มิ.ย. 69", "14 มิถุนายน 2569", "๑๔/๖/๒๕๖๙",
     "๑๔ มิถุนายน พ.ศ. ๒๕๖๙", "14 มิย 69", "วันที่ 14 มิถุนายน 2569", " 14 / 6 / 69 ", "14/6"],
)  # fmt: skip
def test_a_date_is_read_as_an_office_types_it(typed):
    assert thai.parse_date(typed, TODAY) == thai.TypedDate(date(2026, 6, 14), None)


@pytest.mark.parametrize("typed", ["31/4/69", "29/2/2568", "32/1/69", "0/1/69", "1/13/69", "31 เมษายน 2569"])
def test_a_day_that_does_not_exist_is_refused(typed):
    with pytest.raises(thai.DateError) as refused:
        thai.parse_date(typed, TODAY)
    assert refused.value.reason == "no_such_day"


@pytest.mark.parametrize("typed", ["", "เมื่อวาน", "14", "14/มิ.ย", "1/2/3/4", "14 มั่ว 2569", "1/1/123", "๑๔//๖๙"])
def test_what_is_no_date_is_refused(typed):
    with pytest.raises(thai.DateError) as refused:
        thai.parse_date(typed, TODAY)
    assert refused.value.reason == "unreadable"


def test_a_christian_year_is_doubted():
    assert thai.parse_date("14/6/2026", TODAY) == thai.TypedDate(date(2026, 6, 14), "ce")
    assert thai.parse_date("2026-06-14", TODAY).doubt == "ce"


def test_a_date_more_than_a_year_away_is_doubted():
    assert thai.parse_date("14/6/2669", TODAY).doubt == "far"
    assert thai.parse_date("14/6/67", TODAY).doubt == "far"
    assert thai.parse_date("22/11/2568", TODAY).doubt is None


def test_dates_are_shown_in_the_buddhist_era():
    day = date(2026, 6, 14)
    assert thai.format_date(day) == "14 มิ.ย. 69"
    assert thai.format_date(day, "letter") == "14 มิถุนายน 2569"
    assert thai.format_date(day, "order") == "14 มิถุนายน พ.ศ. 2569"
    assert thai.format_date(day, "typed") == "14/6/2569"
    assert thai.format_date(None) == ""
    assert thai.format_moment(datetime(2026, 6, 14, 2, 30, tzinfo=UTC)) == "14 มิ.ย. 69 09.30 น."


def test_the_day_turns_at_bangkok_s_midnight():
    assert thai.today(datetime(2026, 12, 31, 16, 59, tzinfo=UTC)) == date(2026, 12, 31)
    assert thai.today(datetime(2026, 12, 31, 17, 0, tzinfo=UTC)) == date(2027, 1, 1)


def test_letters_count_by_the_calendar_year():
    assert thai.buddhist_year(date(2026, 9, 30)) == thai.buddhist_year(date(2026, 12, 31)) == 2569


def test_search_text_makes_equal_what_people_take_as_equal():
    assert thai.search_text("ศธ ๐๔๑๔๓/ว ๑๒") == thai.search_text("ศธ 04143/ว 12")
    assert thai.search_text("น\u0e4dา") == thai.search_text("นำ")
    assert thai.search_text("ประ\u200bชุม") == "ประชุม"
    assert thai.search_text("O-NET") == "o-net"
    assert thai.search_text("ประชุ่ม") == thai.search_text("ประชุม"), "a mistyped tone mark is forgiven"
    assert thai.plain_text("น้ำ") == "น้ำ"


def test_cleaning_keeps_lines_and_drops_what_cannot_be_seen():
    assert thai.clean("  ก  ข\u0000\n\n ค\u200b ") == "ก ข\n\nค"


@pytest.mark.parametrize(
    "typed",
    ["\u3164", "\u115f\u1160", "\uffa0", "\u200b \u2060", "\u2800\u2800", "\u0e48\u0e31", "\u0301", "\u0e4d \ufe0f"],
)
def test_what_nobody_sees_and_marks_without_a_letter_are_no_text(typed):
    assert thai.clean(typed) == ""
    assert thai.clean(f"ก{typed}ข").startswith("ก")


def test_thai_sorts_as_the_dictionary_does():
    words = ["เก่า", "ขาว", "กา", "ฮา", "เกาะ", "แก้ว", "ก่อน", "กอน", "โรงเรียน", "รถ"]
    assert sorted(words, key=thai.sort_key) == [
        "กอน",
        "ก่อน",
        "กา",
        "เก่า",
        "เกาะ",
        "แก้ว",
        "ขาว",
        "รถ",
        "โรงเรียน",
        "ฮา",
    ]
