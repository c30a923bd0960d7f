"""Who is let in: failures and their limits, the password asked again, passkeys, Flask-AppBuilder behind ours."""
