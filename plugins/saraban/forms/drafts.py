"""What a paper asks, and the steps of a draft."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, PasswordField
from wtforms.validators import InputRequired

from core.web.forms import FilesField, KhetForm, choice, paragraph, text
from core.web.unit_field import NO_UNIT
from plugins.saraban.forms.letters import SPEEDS
from plugins.saraban.forms.people import somebody

#: words that an office writes again and again (of our own making); each fills a new draft
TEMPLATES = {
    "meeting": (
        "ขอเชิญประชุม",
        "ด้วย … กำหนดจัดประชุม … ในวันที่ … เวลา … น. ณ …\nในการนี้ จึงขอเชิญท่านเข้าร่วมประชุมตามวัน เวลา และสถานที่ดังกล่าว"
        "\nจึงเรียนมาเพื่อโปรดทราบและเข้าร่วมประชุมโดยพร้อมเพรียงกัน",
    ),
    "favour": (
        "ขอความอนุเคราะห์",
        "ด้วย … มีความประสงค์จะ …\nในการนี้ จึงขอความอนุเคราะห์จากท่าน …"
        "\nจึงเรียนมาเพื่อโปรดพิจารณาให้ความอนุเคราะห์ และขอขอบคุณมา ณ โอกาสนี้",
    ),
    "circular": (
        "แจ้งแนวทางการดำเนินงาน",
        "ตามที่ … นั้น\nสำนักงานเขตพื้นที่การศึกษาขอแจ้งแนวทางการดำเนินงาน ดังนี้\n1. …\n2. …\nจึงเรียนมาเพื่อทราบและถือปฏิบัติ",
    ),
    "report": (
        "รายงานผลการดำเนินงาน",
        "ตามหนังสือที่อ้างถึง ให้ … รายงานผลการดำเนินงาน … นั้น\nบัดนี้ … ได้ดำเนินการเรียบร้อยแล้ว รายละเอียดตามสิ่งที่ส่งมาด้วย\n"
        "จึงเรียนมาเพื่อโปรดทราบ",
    ),
    "appoint": (
        "แต่งตั้งคณะกรรมการ",
        "เพื่อให้การดำเนินงาน … เป็นไปด้วยความเรียบร้อยและมีประสิทธิภาพ อาศัยอำนาจตามความใน … จึงแต่งตั้งคณะกรรมการ ดังนี้\n"
        "1. … ประธานกรรมการ\n2. … กรรมการ\n3. … กรรมการและเลขานุการ\nให้คณะกรรมการมีหน้าที่ …\nทั้งนี้ ตั้งแต่บัดนี้เป็นต้นไป",
    ),
}


class DraftForm(KhetForm):
    """Every field that some kind of paper has; the view leaves those of the chosen kind."""

    empty = {"unit_id": NO_UNIT}

    kind = HiddenField()
    answers_id = HiddenField()
    unit_id = choice(_l("Paper of"), [], coerce=int)
    speed = choice(_l("Speed"), SPEEDS, coerce=int, default=0)
    circular = BooleanField(_l("Circular (ว)"))
    subject = text(_l("Subject"), most=1000)
    issue = text(_l("Issue"), most=20, need=False, help=_l("ฉบับที่, ครั้งที่"))
    salutation = choice(
        _l("Salutation"),
        [(word, word) for word in ("เรียน", "กราบเรียน", "นมัสการ", "ขอประทานกราบทูล")],
        render_kw={"translate": "no"},
    )
    recipient = text(_l("To (addressee)"), need=False)
    reference = text(_l("Refers to"), most=500, need=False)
    enclosures = paragraph(_l("Enclosures"))
    held = text(_l("Held on"), need=False)
    place = text(_l("Place"), need=False)
    present = paragraph(_l("Present"), most=5000)
    absent = paragraph(_l("Absent"), most=5000)
    attending = paragraph(_l("Attending"), most=5000)
    begun = text(_l("Begun at"), most=20, need=False)
    body = paragraph(_l("Text"), most=60_000, help=_l("A new line begins a paragraph."))
    ended = text(_l("Ended at"), most=20, need=False)
    writer = text(_l("Written by"), need=False)
    checker = text(_l("Checked by"), need=False)
    closing = choice(
        _l("Closing"),
        [(word, word) for word in ("ขอแสดงความนับถือ", "ขอแสดงความนับถืออย่างยิ่ง", "ขอนมัสการด้วยความเคารพ")],
        render_kw={"translate": "no"},
    )
    signer = text(_l("Signer's name"), need=False)
    position = text(_l("Signer's position"), most=300, need=False)
    owner = text(_l("Owner of the matter on letters"), need=False)
    phone = text(_l("Telephone on letters"), most=100, need=False)
    copies = text(_l("Copies to"), most=500, need=False)

    sizes = {
        **dict.fromkeys(("unit_id", "speed", "circular", "issue", "begun", "ended"), "third"),
        **dict.fromkeys(
            ("salutation", "recipient", "signer", "position", "owner", "phone", "held", "place", "writer", "checker"),
            "half",
        ),
    }
    first = "subject"

    #: fields that every kind has
    common = ("kind", "answers_id", "unit_id", "speed", "circular", "subject")


class HandOnForm(KhetForm):
    """Before whom the draft is put."""

    empty = {
        "holder_id": _l("Nobody may do this for the unit. The district's administrator gives somebody the role there.")
    }

    holder_id = somebody(_l("To"))
    note = text(_l("Note"), most=300, need=False)


class WordForm(KhetForm):
    """The document that comes back from Word."""

    drafts = False
    files = FilesField(
        _l("Word document"), need=True, help=_l("The one that Khet gave you; its text is taken, the rest stays.")
    )


class SealForm(KhetForm):
    """A certificate and what opens it; neither is kept."""

    drafts = False
    files = FilesField(
        _l("Certificate (.p12, .pfx)"), need=True, help=_l("It is used for this paper alone and deleted at once.")
    )
    passphrase = PasswordField(
        _l("Passphrase"), [InputRequired(message=_l("Fill this in."))], render_kw={"autocomplete": "off"}
    )


class SignatureForm(KhetForm):
    """The picture of one's own signature."""

    drafts = False
    files = FilesField(
        _l("Picture"), need=True, help=_l("PNG or JPEG, best on a white or transparent ground."), pictures=True
    )
