"""What is held for a request or a plan: activities, what they cost, how they went."""
