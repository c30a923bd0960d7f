"""A hundred letters of every kind walk the whole life, and every book is whole at the end."""

from __future__ import annotations

from sqlalchemy import select

from core.base.text.thai import today
from core.platform.numbering import engine
from core.platform.numbering.models import Counter
from core.platform.users.models import Account
from plugins.saraban import kinds
from plugins.saraban.models.letters import IncomingLetter, OutgoingLetter
from plugins.saraban.models.storage import Retention, Stored
from plugins.saraban.reports.letters import BOOK_MODELS
from plugins.saraban.work import drafting, exchange, life, registers, storage
from tests.support import HOME, OTHER, letter

INCOMING = 56
OF_A_KIND = 4


def signer(world, name: str) -> life.Signer:
    account = world.account(f"{name}.{HOME}")
    return life.Signer(account.id, account.first_name, "ตำแหน่ง", names=frozenset({account.id}))


def incoming(world, s, number: int, unit: int, hands) -> IncomingLetter:
    """Registered, proposed, directed, given to two, acknowledged, reported by the lead."""
    clerk, chief, officers = hands
    values = letter(doc_no=f"ศธ 1/{number}", subject=f"เรื่องรับ {number}", speed=number % 4)
    made = registers.register_incoming(s, unit, values, clerk=registers.Clerk(clerk.user_id, "ธุรการ"), today=today())
    life.propose(s, made, chief.user_id, by=clerk, text="เพื่อโปรดพิจารณา")
    if number % 7 == 0:  # some go back once
        life.send_back(s, made, by=chief, reason="ขอข้อมูลเพิ่ม")
        life.propose(s, made, chief.user_id, by=clerk)
    life.direct(s, made, by=chief, text="มอบดำเนินการ")
    life.assign(s, made, [one.user_id for one in officers], lead_id=officers[0].user_id, by=chief)
    for one in life.assignments(s, made):
        by = next(officer for officer in officers if officer.user_id == one.user_id)
        life.acknowledge(s, one, by=by)
    life.report(s, life.assignments(s, made)[0], "ดำเนินการแล้ว", by=officers[0])
    return made


def outgoing(world, s, kind: kinds.Kind, number: int, unit: int, hands, to) -> OutgoingLetter:
    """Drafted, changed, checked, signed, numbered with its three sets, sent where it is a letter."""
    clerk, chief, officers = hands
    words = {name: f"{name} {number}" for name in kind.fields if name not in ("signer", "position")}
    subject = f"{kind.key} {number}"
    draft = drafting.save(s, None, unit, kind.key, {"subject": subject, "speed": 0, **words}, by=officers[0])
    drafting.save(s, draft, unit, kind.key, {"subject": subject, "speed": 1, **words, "body": "แก้แล้ว"}, by=officers[0])
    account = s.get(Account, chief.user_id)
    drafting.hand_on(s, draft, "check", account, by=chief)
    drafting.checked(s, draft, account, by=chief)
    drafting.sign(s, draft, by=chief)
    by = registers.Clerk(clerk.user_id, "ธุรการ")
    made = drafting.issue(s, draft, clerk=by, today=today(), root=world.khet.settings.files_dir)
    if kind.number == kinds.PREFIXED:
        (sent,) = exchange.send(s, made, [to], reply_by=None, today=today())
        assert sent.doc_no == made.doc_no
    else:
        registers.work_on(s, made, {"action": "ปิดประกาศ"}, by=clerk)
    return made


def test_a_hundred_letters_of_every_kind_walk_the_whole_life(world):
    unit = world.unit()
    hands = (
        signer(world, "clerk"),
        signer(world, "director"),
        [signer(world, "supervisor"), signer(world, "groupdirector")],
    )
    to = exchange.Recipient("ปลายทาง", "khet", world.district_id(OTHER), world.unit(code=OTHER))
    waiting = world.count("core_waiting")
    made: list[tuple[type, int]] = []
    with world.session(user=f"clerk.{HOME}") as s:
        made += [(IncomingLetter, incoming(world, s, number, unit, hands).id) for number in range(INCOMING)]
    for kind in kinds.KINDS:
        with world.session(user=f"clerk.{HOME}") as s:
            made += [(OutgoingLetter, outgoing(world, s, kind, n, unit, hands, to).id) for n in range(OF_A_KIND)]
    assert len(made) >= 100
    with world.session(user=f"clerk.{HOME}") as s:
        storage.fill_classes(s)
        kept = s.scalars(select(Retention.id).where(Retention.code == "general")).one()
        values = {"unit_id": unit, "code": "ทุก", "title": "ทุกเรื่อง", "location": "", "retention_id": kept}
        folder = storage.save_folder(s, None, values).id
        for model, number in made:
            storage.put_away(s, s.get(model, number), folder, on=today())
    with world.session(clearance=3) as s:
        assert {s.get(model, number).status for model, number in made} == {"stored"}
        assert sorted(s.scalars(select(Stored.number))) == list(range(1, len(made) + 1))
        for row in s.scalars(select(Counter).where(Counter.book.in_([*BOOK_MODELS]))).all():
            key = engine.BookKey(row.unit_id, row.book, row.year)
            assert engine.check(s, key, BOOK_MODELS[row.book], today()).whole, key
    ids = ", ".join(str(number) for model, number in made if model is OutgoingLetter)
    assert world.count("core_attachment", f"kind = 'saraban_outgoing' and record_id in ({ids})") == 3 * OF_A_KIND * len(
        kinds.KINDS
    )
    assert world.count("core_waiting") == waiting, "nobody is asked for anything any more"
