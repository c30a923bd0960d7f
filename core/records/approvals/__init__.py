"""สายการอนุมัติ: how a record of any module is approved, step by step, as its district has set it."""
