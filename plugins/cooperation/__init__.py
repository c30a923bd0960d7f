"""ปฏิบัติงานร่วมกับหน่วยงานอื่น: joint and supporting work with other agencies (manual 002 ตอนที่ 3)."""
