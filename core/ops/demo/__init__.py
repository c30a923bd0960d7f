"""The demo: five real districts with their real schools and made-up people and letters."""
