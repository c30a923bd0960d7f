"""Users, roles, dated grants, sessions and login (ผู้ใช้และสิทธิ์)."""
