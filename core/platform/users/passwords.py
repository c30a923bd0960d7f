"""Passwords that are too easy to guess: common ones, the account's own facts, and what Thai offices like to choose.

zxcvbn estimates how many guesses one takes (lists of leaked passwords, words, keyboard runs, repeats, dates). What it
cannot know is added here: Thai words, typed in Thai or on the English layout by the Kedmanee keys, and numbers alone
(birthdays, telephone, identity card, school codes). Source: NIST SP 800-63B, 3.1.1.2; OWASP ASVS 5, 6.2.4 and 6.2.11.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from flask_babel import gettext as _

from core.base.errors import RuleError

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 128
#: powers of ten: fewer guesses than this and it is refused; a name, a year and a sign are 7
LEAST_GUESSES = 7.5
#: as much as zxcvbn looks at; the rest can only make it harder
LOOKED_AT = 72
#: signs that zxcvbn takes for letters (4 for a, @ for a …), every way of reading them together with every other: with
#: more of them a password is no word in disguise, and a few characters show that
SIGNS, MANY_SIGNS, LOOKED_AT_THEN = frozenset("4@8({[<3691!|70$5+%2"), 6, 16
#: shorter words of the account's facts are no name, and so many letters beside its names make a password one's own
SHORTEST_NAME, OWN_LETTERS = 3, 4
#: years of the Buddhist era in which people were born, or which they write today
YEARS = [str(year) for year in range(2475, 2600)]
WORDS = Path(__file__).parent.parent / "documents" / "words_th.txt"
#: of two or three words, and yet the first that anybody tries
PHRASES = frozenset((
    "รหัสผ่าน", "สวัสดีครับ", "สวัสดีค่ะ", "สวัสดีคะ", "ขอบคุณครับ", "ขอบคุณค่ะ", "ฉันรักเธอ", "คิดถึงจังเลย", "ประเทศไทย",
    "กรุงเทพมหานคร", "เขตพื้นที่การศึกษา", "กระทรวงศึกษาธิการ", "ผู้อำนวยการ", "ไม่บอกหรอก", "จำไม่ได้",
))  # fmt: skip
#: the Kedmanee layout, key by key
_LATIN = "`1234567890-=qwertyuiop[]\\asdfghjkl;'zxcvbnm,./~!@#$%^&*()_+QWERTYUIOP{}|ASDFGHJKL:\"ZXCVBNM<>?"
_THAI = '_ๅ/-ภถุึคตจขชๆไำพะัีรนยบลฃฟหกดเ้่าสวงผปแอิืทมใฝ%+๑๒๓๔ู฿๕๖๗๘๙๐"ฎฑธํ๊ณฯญฐ,ฅฤฆฏโฌ็๋ษศซ.()ฉฮฺ์?ฒฬฦ'
_TO_THAI, _TO_LATIN = str.maketrans(_LATIN, _THAI), str.maketrans(_THAI, _LATIN)


def check(password: str, facts: Iterable[str] = ()) -> None:
    """Raises RuleError (field password) for a password that is too short, too long or too easy to guess.

    `facts` are what others know of the account: its name, its owner's names, district and units.
    """
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise RuleError(
            _(
                "A password has between %(least)s and %(most)s characters.",
                least=SHORTEST_PASSWORD,
                most=LONGEST_PASSWORD,
            ),
            field="password",
        )
    if re.fullmatch(r"[\d\s.,/+()_-]+", password):
        raise RuleError(
            _("Numbers alone are soon guessed: birthdays, telephone and identity card are known to others."),
            field="password",
        )
    known = list(_known(facts))
    if _guesses(password, [*known, *YEARS]) < LEAST_GUESSES or _thai_word(password) or _nothing_else(password, known):
        raise RuleError(
            _("This password is too easy to guess. A short sentence of several words is easy to remember."),
            field="password",
        )


def _known(facts: Iterable[str]) -> Iterable[str]:
    """The facts and their words, as typed in Thai and on the English layout."""
    for fact in facts:
        for word in {fact, *re.split(r"[\s.@_\-/]+", fact)}:
            if len(word) > 1:
                yield word.lower()
                yield word.translate(_TO_LATIN).lower()


def _nothing_else(password: str, known: list[str]) -> bool:
    """Whether it is names of the account one after another, with a year or marks and hardly a letter besides.

    zxcvbn takes each further part for ten thousand tries, which three parts that colleagues know are not.
    """
    rest = password.lower()
    for word in sorted(known, key=len, reverse=True):
        if len(word) >= SHORTEST_NAME:
            rest = rest.replace(word, "")
    return len(rest) < len(password) and sum(sign.isalpha() for sign in rest) < OWN_LETTERS


def _guesses(password: str, known: list[str]) -> float:
    from zxcvbn import zxcvbn  # its lists take 15 MB: read when somebody first chooses a password

    looked_at = LOOKED_AT if len(SIGNS & set(password)) <= MANY_SIGNS else LOOKED_AT_THEN
    return float(zxcvbn(password[:looked_at], user_inputs=known)["guesses_log10"])


def _thai_word(password: str) -> bool:
    """Whether it is one Thai word or a phrase like สวัสดีครับ, with a few digits or marks around it."""
    bare = re.sub(r"^[\d\W_]{0,4}(?=[฀-๿])|(?<=[฀-๿])[\d\W_]{0,4}$", "", password)
    keyed = [one.translate(_TO_THAI) for one in (password, re.sub(r"\d{1,4}$", "", password)) if one.isascii()]
    tried = {bare, *keyed}
    if not tried.isdisjoint(PHRASES):
        return True
    with WORDS.open(encoding="utf-8") as lines:
        return any(line.strip() in tried for line in lines)
