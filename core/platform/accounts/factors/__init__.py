"""The second factor: codes of an app (totp.py), passkeys (passkeys.py), recovery codes, and resets (services.py)."""
