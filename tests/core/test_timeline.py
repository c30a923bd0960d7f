"""Every change leaves an entry, in the same transaction; the chain shows a forgery."""

from __future__ import annotations

import inspect
import os
import time
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select, text

from core.base.config import ConfigError
from core.base.text.thai import today
from core.ops import cli, serve
from core.platform import nightly
from core.platform.masterdata import services
from core.platform.masterdata.models import Person, Unit
from core.platform.seal import anchors, sealer, verification
from core.platform.timeline.labels import KINDS, field_title, tells, value_title
from core.platform.timeline.models import TimelineEntry, TimelineSeal
from core.platform.users.models import Grant
from core.storage.base import Model, Tracked, utc_now
from core.storage.scope import RAW, owned_classes
from tests.core.test_serving import environment
from tests.support import HOME


def latest(session) -> TimelineEntry:
    entry = session.scalars(select(TimelineEntry).order_by(TimelineEntry.id.desc())).first()
    assert entry is not None
    return entry


def test_a_change_tells_who_when_and_from_what_to_what(world):
    with world.session(user=f"admin.{HOME}") as s:
        person = services.save_person(s, None, {"title": "นาย", "first_name": "เดิม", "last_name": "ก"})
    with world.session(user=f"admin.{HOME}") as s:
        again = s.get(Person, person.id)
        services.save_person(s, again, {"title": "นาย", "first_name": "ใหม่", "last_name": "ก"})
    with world.session() as s:
        entry = latest(s)
        assert entry.changes == {"first_name": ["เดิม", "ใหม่"]}
        assert (entry.kind, entry.record_id, entry.action) == ("core_person", person.id, "changed")
        assert entry.actor_name == f"admin.{HOME}"
        assert entry.at.tzinfo is not None


def test_what_khet_does_by_itself_is_not_told_with_a_code_word(world):
    account = world.account(f"clerk.{HOME}").id
    with world.session() as s:
        mine = select(TimelineEntry.actor_name).filter_by(kind="ab_user", record_id=account, actor_id=None)
        assert "demo" in s.scalars(mine).all()
    page = world.browser(f"admin.{HOME}")
    for address in (f"/users/{account}", "/timeline/"):
        page.get(address)
        said = {text.strip() for text in page.tree.xpath("//main//text()")}
        assert "The system" in " ".join(said)
        assert not any(text == "demo" or text.startswith("demo ·") for text in said)


def test_a_change_that_is_rolled_back_leaves_no_entry(world):
    before = world.count("core_timeline")
    with pytest.raises(RuntimeError), world.session() as s:
        services.save_person(s, None, {"first_name": "ก", "last_name": "ข"})
        s.flush()
        raise RuntimeError
    assert world.count("core_timeline") == before


def test_a_save_that_changes_nothing_says_nothing(world):
    with world.session() as s:
        person = s.scalars(select(Person)).first()
        values = {"title": person.title, "first_name": person.first_name, "last_name": person.last_name}
        before = world.count("core_timeline")
        services.save_person(s, person, values)
    assert world.count("core_timeline") == before


def test_passwords_never_reach_the_timeline(world):
    clerk = world.browser(f"clerk.{HOME}")
    clerk.submit("/password/", old_password="khet-demo", password="ประโยคที่จำง่าย", again="ประโยคที่จำง่าย")
    with world.session() as s:
        entry = latest(s)
        assert entry.action == "core.user.password_changed"
        assert "password" not in entry.changes


def _tracked() -> list[Any]:
    """Every tracked record of Khet's own tables, without those that test_contract.py plants in a registry of their own."""
    return [one.class_ for one in Model.registry.mappers if issubclass(one.class_, Tracked)]


def test_every_tracked_record_has_a_name_for_its_kind():
    kinds = {cls.__tablename__ for cls in _tracked()}
    assert kinds <= KINDS.keys() | {"ab_user"}
    assert {cls.__tablename__ for cls in owned_classes()} >= {"core_timeline", "core_timeline_seal"}


def test_no_record_is_called_by_its_id():
    found = {cls: inspect.getattr_static(cls, "label") for cls in _tracked()}
    default = inspect.getattr_static(Tracked, "label")
    nameless = [
        cls.__name__
        for cls, label in found.items()
        if label is default or (isinstance(label, property) and "#{" in inspect.getsource(label.fget))
    ]
    assert not nameless, f"give these a label that people read: {nameless}"


def test_roles_and_posts_are_told_by_whose_what_and_where_and_with_whom_they_belong(world):
    admin, clerk = world.browser(f"admin.{HOME}"), world.account(f"clerk.{HOME}")
    with world.session(user=f"admin.{HOME}") as s:
        grant = s.scalars(select(Grant).where(Grant.user_id == clerk.id)).first()
        held, unit = grant.id, s.get(Unit, grant.unit_id).name
        person = s.scalars(select(Person)).first()
        whose, name, at = person.id, person.full_name, grant.unit_id
        services.add_post(s, person, at, "นักวิชาการ", today(), None)
    admin.post(f"/users/{clerk.id}/grants/{held}/end")
    titles = {role.key: str(role.title) for role in world.khet.registry.roles()}
    with world.session() as s:
        title = titles[s.get(Grant, held).role.key]
    role, post = f"{title} · {clerk.get_full_name()} · {unit}", f"{name} · นักวิชาการ · {unit}"
    for address, said in ((f"/users/{clerk.id}", role), (f"/persons/{whose}", post), ("/timeline/", role)):
        admin.get(address)
        assert any(said in text for text in admin.tree.xpath("//main//text()")), (address, said)
    assert not any(text.strip().startswith("#") for text in admin.tree.xpath("//main//td//text()"))


def test_a_role_of_today_that_ends_at_once_was_held_today(world):
    """Whoever acted this morning had the role this morning; by the record the end never lies before the beginning."""
    admin, clerk = world.browser(f"admin.{HOME}"), world.account(f"clerk.{HOME}")
    with world.session(user=f"admin.{HOME}") as s:
        held = s.scalars(select(Grant).where(Grant.user_id == clerk.id)).all()
        for one in held:
            one.starts_on = today()
        ids = [one.id for one in held]
    his = world.browser(f"clerk.{HOME}")
    assert his.get("/saraban/incoming/").status_code == 200
    for one in ids:
        admin.post(f"/users/{clerk.id}/grants/{one}/end")
    with world.session() as s:
        for one in s.scalars(select(Grant).where(Grant.id.in_(ids))):
            assert one.ended_at is not None
            assert one.ends_on is None or one.ends_on >= one.starts_on
            assert not one.in_force(today())
    assert not world.khet.actor(clerk.id).roles, "rights end at once"
    again = world.browser(f"clerk.{HOME}")
    assert again.get("/saraban/incoming/").status_code in (403, 404)
    admin.get(f"/users/{clerk.id}")
    assert any("Ended" in text for text in admin.tree.xpath("//main//td//text()"))


def test_amounts_of_the_history_are_amounts(world):
    with world.app.test_request_context():
        assert value_title("cooperation_case", "budget", "120000.00") == "120,000.00"
        assert value_title("cooperation_case", "budget", "90000") == "90,000.00"
        assert value_title("core_school", "code", "57010001") == "57010001", "a code is none"


def test_labels_of_the_history_say_what_they_stand_for():
    """A state is no heading of a column, a person no moment; checksums are kept and not shown."""
    assert str(value_title("saraban_dispatch", "state", "opened")) != str(field_title("saraban_dispatch", "opened_at"))
    assert str(field_title("saraban_draft", "signed_at")) != str(field_title("saraban_draft", "signed_by"))
    assert not tells("saraban_draft", "signed_hash")
    assert not tells("saraban_outgoing", "sha256")


def test_the_chain_is_whole_until_somebody_forges_an_entry(world):
    assert sealer.seal(world.database) == world.count("core_timeline")
    assert sealer.seal(world.database) == 0
    assert sealer.verify(world.database) == []
    if world.backend == "sqlite":
        world.owner("drop trigger core_timeline_no_update")
    else:
        world.owner("alter table core_timeline disable trigger core_timeline_append_only")
    world.owner("update core_timeline set note = 'ไม่เคยเกิดขึ้น' where id = (select min(id) + 3 from core_timeline)")
    assert len(sealer.verify(world.database)) == 1


def loosened(world) -> None:
    """As whoever owns the database may: the seals can be written again."""
    for table in ("core_timeline", "core_timeline_seal"):
        if world.backend == "sqlite":
            world.owner(f"drop trigger {table}_no_update")
            world.owner(f"drop trigger {table}_no_delete")
        else:
            world.owner(f"alter table {table} disable trigger {table}_append_only")


def recomputed(world, key=None) -> None:
    """Forge an entry and make every seal after it anew, as the program itself would: with plain hashes, or a key."""
    loosened(world)
    world.owner("update core_timeline set note = 'ไม่เคยเกิดขึ้น' where id = (select min(id) from core_timeline)")
    name = anchors.key_name(key) if key else ""
    with world.database.system("forge") as s:
        found = select(TimelineSeal, TimelineEntry).join(TimelineEntry, TimelineEntry.id == TimelineSeal.entry_id)
        rows = s.execute(found.order_by(TimelineSeal.district_id, TimelineSeal.position), execution_options=RAW).all()
    previous, district, made = sealer.GENESIS, None, []
    for seal, entry in rows:
        previous = sealer.GENESIS if seal.district_id != district else previous
        district = seal.district_id
        previous = sealer.link(previous, entry, seal.position, key)
        made.append({"id": seal.id, "hash": previous, "key": name})
    engine = world.database.owner_engine()
    with engine.begin() as connection:
        connection.execute(text("update core_timeline_seal set hash = :hash, key = :key where id = :id"), made)
    engine.dispose()


def seal_key(world) -> bytes:
    return list(anchors.keys(world.khet.settings.seal_key_file).values())[-1]


def test_who_makes_the_chain_anew_without_the_key_is_noticed(world):
    sealer.seal(world.database)
    assert world.khet.settings.seal_key_file.stat().st_mode & 0o777 == 0o600
    recomputed(world, bytes(32))
    assert "with a key that is not in" in sealer.verify(world.database)[0]


@pytest.mark.parametrize("with_the_key", [False, True])
def test_who_makes_the_chain_anew_is_noticed_by_the_heads_outside(world, tmp_path, with_the_key):
    sealer.seal(world.database)
    sealer.export_heads(world.database, tmp_path / "copy")
    recomputed(world, seal_key(world) if with_the_key else None)
    found = [line for line in sealer.verify(world.database) if "has no key" not in line]
    assert found
    assert all("is not the one that was sealed" in line for line in found)
    world.khet.settings.heads_file.unlink()
    assert any("heads are missing" in line for line in sealer.verify(world.database))
    assert set(found) < set(sealer.verify(world.database, [tmp_path / "copy"]))


def without_a_key(world, district_id: int) -> None:
    """Forge an entry of a district and make its seals plain hashes, as they once were; take the heads away."""
    recomputed(world)
    world.khet.settings.heads_file.unlink()


def without_seals(world, district_id: int) -> None:
    """Forge an entry of a district and delete all its seals, to be made anew; take the heads away."""
    loosened(world)
    world.owner(f"update core_timeline set actor_name = 'ก' where id = (select min(id) from core_timeline "
                f"where district_id = {district_id})")  # fmt: skip
    world.owner(f"delete from core_timeline_seal where district_id = {district_id}")
    world.khet.settings.heads_file.unlink()


@pytest.mark.parametrize("forge", [without_a_key, without_seals])
def test_a_keyed_chain_is_not_made_a_plain_or_a_new_one_without_a_word(world, forge):
    runner, env = CliRunner(), environment(world)
    sealer.seal(world.database)
    forge(world, world.district_id())
    if forge is without_a_key:
        assert any("has no key" in line for line in sealer.verify(world.database))
    for _round in range(2):  # the sealer goes on, and the word stays
        done = runner.invoke(cli.main, ["seal"], env=env)
        assert done.exit_code == 1
        assert "heads are missing" in done.output
    assert runner.invoke(cli.main, ["seal", "--begin"], env=env).exit_code == 0, "the operator looked, and says so"
    assert runner.invoke(cli.main, ["seal", "--verify"], env=env).exit_code == 0


def test_a_seal_key_that_is_gone_is_said(world):
    sealer.seal(world.database)
    world.khet.settings.seal_key_file.unlink()
    assert any("seal key is missing" in line for line in sealer.verify(world.database))
    assert not world.khet.settings.seal_key_file.exists(), "verifying makes none"


def test_a_district_writes_one_head_an_hour(world, monkeypatch):
    def heads():
        return len(world.khet.settings.heads_file.read_text().splitlines())

    def changed():
        with world.session() as s:
            services.save_person(s, None, {"first_name": "ก", "last_name": "ข"})
        assert sealer.seal(world.database) == 1

    sealer.seal(world.database)
    first = heads()
    assert first == world.count("core_district") + 1, "and the line with which it begins"
    changed()
    world.database.memory.clear()  # a process that starts knows what was written
    changed()
    assert heads() == first
    later = utc_now() + timedelta(hours=2)
    monkeypatch.setattr(sealer, "utc_now", lambda: later)
    assert sealer.seal(world.database) == 0
    assert heads() == first + 1, "what was sealed meanwhile is not forgotten"
    sealer.seal(world.database)
    assert heads() == first + 1
    assert sealer.verify(world.database) == []


def test_a_chain_that_was_cut_off_is_noticed(world):
    sealer.seal(world.database)
    loosened(world)
    world.owner(f"delete from core_timeline_seal where position > 5 and district_id = {world.district_id()}")
    entries = "select entry_id from core_timeline_seal"
    world.owner(f"delete from core_timeline where district_id = {world.district_id()} and id not in ({entries})")
    found = sealer.verify(world.database)
    assert len(found) == 1
    assert "it was cut off" in found[0]


def test_at_night_a_forged_chain_is_told_to_the_district_and_to_head_office_once(world, caplog):
    sealer.seal(world.database)
    mark = verification.mark(world.khet.settings.data_dir)
    assert not mark.due(utc_now()), "a new installation begins the count"
    with world.app.app_context():
        assert verification.nightly(world.database) == []
        recomputed(world, bytes(32))
        for _night in range(2):
            assert len({line.split(":")[0] for line in verification.nightly(world.database)}) == world.count(
                "core_district"
            )
    assert "timeline: " in caplog.text
    told = f"topic = '{verification.TOPIC}'"
    assert world.count("core_notice", f"{told} and district_id = {world.district_id()}") == 1, "once, not every night"
    admin = world.browser(f"admin.{HOME}", "th")
    admin.get("/notices/")
    assert "ไม่ตรงกับที่ผนึกไว้" in admin.text
    head = world.browser("obec", "th")
    head.get("/notices/")
    assert "ไม่ตรงกับที่ผนึกไว้" in head.text
    answer = world.browser().get("/health?all")
    assert answer.status_code == 503
    assert answer.json["timeline"] is False
    assert world.browser().get("/health").status_code == 200


def test_a_look_that_fails_is_no_good_news(world, monkeypatch):
    serve.verify_timeline(world.app)
    mark = verification.mark(world.khet.settings.data_dir)
    at = time.time() - 2 * nightly.AT_LATEST
    os.utime(mark.path, (at, at))

    def fails(*_given):
        raise OSError("no room")

    monkeypatch.setattr(sealer, "broken", fails)
    serve.verify_timeline(world.app)
    assert world.browser().get("/health?all").json["timeline"] is False


@pytest.mark.parametrize(
    "line", ["7", '"hash"', "null", '{"hash": "x"}', '{"at": "gestern", "district_id": 1, "position": 1, "hash": "x"}']
)
def test_a_line_of_the_heads_that_khet_did_not_write_hides_nothing(world, line):
    sealer.seal(world.database)
    with world.khet.settings.heads_file.open("a") as file:
        file.write(f"{line}\n")
    assert len(sealer.verify(world.database)) == 1
    recomputed(world, bytes(32))
    sealer.seal(world.database)
    found = sealer.verify(world.database)
    assert "no head that Khet wrote" in found[0]
    assert len(found) > 1, "and the forgery is named"


def test_the_server_walks_the_chains_when_it_is_due(world):
    serve.verify_timeline(world.app)
    mark = verification.mark(world.khet.settings.data_dir)
    at = time.time() - 2 * nightly.AT_LATEST
    os.utime(mark.path, (at, at))
    serve.verify_timeline(world.app)
    assert time.time() - mark.path.stat().st_mtime < 600
    assert serve.verify_timeline in serve.BESIDE.values()


def test_what_is_sealed_while_a_chain_is_walked_is_no_forgery(world, monkeypatch):
    sealer.seal(world.database)
    with world.session() as s:
        services.save_person(s, None, {"first_name": "ก", "last_name": "ข"})
    begun = []

    def between(previous, entry, position=0, key=None, link=sealer.link):
        if not begun and world.backend == "postgresql":  # on SQLite the walk sees one moment from its first row on
            begun.append(True)
            sealer.seal(world.database)
        return link(previous, entry, position, key)

    monkeypatch.setattr(sealer, "link", between)
    assert sealer.verify(world.database) == []
    assert begun or world.backend == "sqlite"


def test_seals_from_before_the_key_stay_good_and_the_change_is_sealed(world):
    sealer.seal(world.database)
    recomputed(world)
    world.khet.settings.heads_file.unlink()
    world.khet.settings.seal_key_file.unlink()  # an installation from before both
    assert sealer.verify(world.database) == []
    with world.session() as s:
        services.save_person(s, None, {"first_name": "ก", "last_name": "ข"})
    assert sealer.seal(world.database) == 1
    assert sealer.verify(world.database) == []
    last = f"(select max(position) from core_timeline_seal where district_id = {world.district_id()})"
    world.owner(f"update core_timeline_seal set hash = 'x' where position = {last} - 1")
    assert any(f"position {position}" in line for line in sealer.verify(world.database)
               for position in [world.count("core_timeline_seal", f"district_id = {world.district_id()}")])  # fmt: skip


def test_after_a_key_none_is_left_out(world):
    sealer.seal(world.database)
    loosened(world)
    last = f"(select max(position) from core_timeline_seal where district_id = {world.district_id()})"
    world.owner(
        f"update core_timeline_seal set key = '' where district_id = {world.district_id()} and position = {last}"
    )
    assert any("has no key, though" in line for line in sealer.verify(world.database))


def test_a_new_key_goes_on_where_the_old_one_ended(world):
    sealer.seal(world.database)
    path = world.khet.settings.seal_key_file
    old = path.read_text()
    path.write_text(old + "ab" * 32 + "\n")
    with world.session() as s:
        services.save_person(s, None, {"first_name": "ก", "last_name": "ข"})
    assert sealer.seal(world.database) == 1
    assert sealer.verify(world.database) == []
    path.write_text("ab" * 32 + "\n")
    found = sealer.verify(world.database)
    assert found
    assert all("add its line above the last" in line for line in found)
    path.write_text(old[:10])
    with pytest.raises(ConfigError, match="cut off"):
        sealer.seal(world.database)


def test_the_operator_s_command_compares_with_every_copy_of_the_heads(world, tmp_path):
    runner, env = CliRunner(), environment(world)
    assert "Every chain is whole." in runner.invoke(cli.main, ["seal"], env=env).output
    copy = tmp_path / "copy"
    copy.write_bytes(world.khet.settings.heads_file.read_bytes())
    before = world.count("core_timeline_seal")
    with world.session() as s:
        services.save_person(s, None, {"first_name": "ก", "last_name": "ข"})
    good = ["seal", "--verify", "--heads", str(copy)]
    assert runner.invoke(cli.main, good, env=env).exit_code == 0
    assert world.count("core_timeline_seal") == before
    copy.write_bytes(copy.read_bytes().replace(b'"hash": "', b'"hash": "0'))
    done = runner.invoke(cli.main, good, env=env)
    assert done.exit_code == 1
    assert "is not the one that was sealed" in done.output


def test_a_backup_by_hand_writes_the_heads_beside_the_archive(world, tmp_path):
    sealer.seal(world.database)
    done = CliRunner().invoke(cli.main, ["backup", "--plain", str(tmp_path / "k.zip")], env=environment(world))
    assert done.exit_code == 0, done.output
    heads = anchors.Heads([tmp_path / anchors.HEADS])
    assert len(heads.districts()) == world.count("core_district")
    recomputed(world, seal_key(world))
    world.khet.settings.heads_file.unlink()
    assert sealer.verify(world.database, [tmp_path / anchors.HEADS])


def test_new_entries_join_the_chain_in_order(world):
    sealer.seal(world.database)
    with world.session() as s:
        services.save_person(s, None, {"first_name": "ก", "last_name": "ข"})
    assert sealer.seal(world.database) == 1
    assert sealer.verify(world.database) == []
    with world.session() as s:
        positions = s.scalars(select(TimelineSeal.position).order_by(TimelineSeal.position)).all()
    assert positions == list(range(1, len(positions) + 1))
