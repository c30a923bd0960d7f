"""Districts, units, schools, school groups, persons and their posts (ข้อมูลกลาง)."""
