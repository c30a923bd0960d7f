"""The gapless number engine and the registrar's pages (สมุดทะเบียนและการออกเลข)."""
