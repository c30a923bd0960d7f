"""What happens to an incoming letter: proposed, directed, given out, acknowledged, done; and how long it takes."""
