"""How much of a scanned letter Tesseract and `scans/guess.py` read right: letters are set, degraded as scanners and
phones do it, and read as a stack would be. Prints shares, never a verdict.

    python bench/ocr.py [--letters 30]
"""

from __future__ import annotations

import argparse
import io
import json
import random
import statistics
import sys
import tempfile
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from PIL import Image, ImageFilter
from rapidfuzz import fuzz

from core.base.text.thai import format_date, thai_digits
from core.platform.documents import pages, text_extraction, typeset
from core.platform.documents.lines import lines
from plugins.saraban.work.guess import guess

SENDERS = (
    "สำนักงานคณะกรรมการการศึกษาขั้นพื้นฐาน", "สำนักงานศึกษาธิการจังหวัดเลย", "ศาลากลางจังหวัดเลย", "โรงเรียนบ้านนาอ้อ",
    "สำนักงานเขตพื้นที่การศึกษาประถมศึกษาเชียงใหม่ เขต ๕", "องค์การบริหารส่วนจังหวัดเลย", "มหาวิทยาลัยราชภัฏเลย",
    "สำนักงานสาธารณสุขจังหวัดเลย", "โรงเรียนชุมชนบ้านผักแว่น", "สำนักงาน ก.ค.ศ.",
)  # fmt: skip
SUBJECTS = (
    "ขอเชิญประชุมเชิงปฏิบัติการพัฒนาศึกษานิเทศก์", "แจ้งปฏิทินการนิเทศภาคเรียนที่ ๒", "ขอความอนุเคราะห์วิทยากร",
    "การจัดสรรงบประมาณค่าใช้จ่ายประจำปี", "รายงานผลการทดสอบทางการศึกษาระดับชาติ", "ขอข้อมูลนักเรียนยากจนพิเศษ",
    "ซักซ้อมความเข้าใจโครงการอาหารกลางวัน", "ประชาสัมพันธ์การแข่งขันทักษะวิชาการ", "ส่งคำสั่งแต่งตั้งคณะกรรมการ",
    "การเฝ้าระวังโรคติดต่อในสถานศึกษาและแนวทางปฏิบัติเมื่อพบผู้ป่วย",
)  # fmt: skip
PAPER = """
#let d = json(bytes(sys.inputs.d))
#set text(font: "Khet Sarabun", size: 16pt, lang: "th", fallback: false)
#set par(linebreaks: "simple", leading: 0.3em)
#set page(paper: "a4", margin: (left: 3cm, right: 2cm, top: 4cm))
#let ls(x) = x.join(linebreak())
#grid(columns: (1fr, 8cm), [ที่ #d.no], ls(d.sender)) #v(6pt) #h(8cm) #d.day
#v(6pt) #grid(columns: (1.4cm, 1fr), [เรื่อง], ls(d.subject))
#v(6pt) #grid(columns: (1.4cm, 1fr), [เรียน], ls(d.to)) #v(8pt) #ls(d.body)
"""
CM = 28.3465
BODY = (
    "ด้วยสำนักงานมีกำหนดดำเนินการตามแผนปฏิบัติราชการประจำปี จึงขอให้หน่วยงานในสังกัดพิจารณาดำเนินการในส่วนที่เกี่ยวข้อง "
    "และรายงานผลให้ทราบภายในกำหนด รายละเอียดตามสิ่งที่ส่งมาด้วย จึงเรียนมาเพื่อโปรดพิจารณา"
)
#: turned by degrees, blurred by points, grains, JPEG quality, dots per inch
LEVELS = {"clean": (0.0, 0.0, 0, 90, 300), "mild": (0.6, 0.6, 12, 60, 200), "heavy": (1.6, 1.1, 28, 35, 150)}


def letter(number: int, rng: random.Random) -> dict[str, str]:
    """What one letter says."""
    return {
        "no": thai_digits(f"ศธ 0{rng.randint(4001, 4250)}/{rng.randint(1, 4000)}"),
        "sender": SENDERS[number % len(SENDERS)],
        "subject": SUBJECTS[(number * 7 + number // 10) % len(SUBJECTS)],
        "to": "ผู้อำนวยการสำนักงานเขตพื้นที่การศึกษาประถมศึกษาเลย เขต ๓",
        "day": thai_digits(format_date(date(2026, rng.randint(1, 11), rng.randint(1, 28)), "letter")),
    }


def scan(said: dict[str, str], level: str, rng: random.Random) -> bytes:
    """The letter as a JPEG, degraded."""
    turned, blurred, grains, quality, dpi = LEVELS[level]
    data = {
        **said, "sender": lines(said["sender"], 8 * CM, 16.0), "subject": lines(said["subject"], 14 * CM, 16.0),
        "to": lines(said["to"], 14 * CM, 16.0), "body": lines(BODY, 16 * CM, 16.0),
    }  # fmt: skip
    paper = typeset.compile(PAPER.encode(), json.dumps(data, ensure_ascii=False), "pdf")
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(paper)
        file.flush()
        image = Image.open(io.BytesIO(pages.picture(Path(file.name), 0, round(8.27 * dpi))))
    image = image.rotate(rng.uniform(-turned, turned), fillcolor=250, resample=Image.Resampling.BICUBIC)
    image = image.filter(ImageFilter.GaussianBlur(blurred))
    if grains:
        noise = Image.effect_noise(image.size, grains)
        image = Image.blend(image, noise, 0.12)
    made = io.BytesIO()
    image.save(made, "JPEG", quality=quality)
    return made.getvalue()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--letters", type=int, default=30)
    wanted = parser.parse_args().letters
    if text_extraction.ocr_missing():
        raise SystemExit("Tesseract is missing: apt install tesseract-ocr tesseract-ocr-tha")
    rng, today = random.Random(5), date(2026, 11, 22)
    print(f"{'level':7}{'subject =':>11}{'subject ~':>11}{'sender =':>10}{'to =':>7}{'no./date left blank':>21}")
    with tempfile.TemporaryDirectory() as folder:
        for level in LEVELS:
            right = {"subject": 0, "sender": 0, "recipient": 0}
            alike, blank = [], 0
            for number in range(wanted):
                said = letter(number, rng)
                path = Path(folder) / "page.jpg"
                path.write_bytes(scan(said, level, rng))
                (page,) = pages.read(path, "image/jpeg")
                found = guess(page.text, page.how, SENDERS, today).values
                for name, key in (("subject", "subject"), ("sender", "sender"), ("recipient", "to")):
                    right[name] += found.get(name, "") == said[key]
                alike.append(fuzz.ratio(str(found.get("subject", "")), said["subject"]) / 100)
                blank += "doc_no" not in found and "doc_date" not in found
            share = {name: f"{count}/{wanted}" for name, count in right.items()}
            print(
                f"{level:7}{share['subject']:>11}{statistics.mean(alike):>11.2f}{share['sender']:>10}"
                f"{share['recipient']:>7}{f'{blank}/{wanted}':>21}"
            )


if __name__ == "__main__":
    main()
