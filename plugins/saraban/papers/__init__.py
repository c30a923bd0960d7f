"""What correspondence draws and prints: a paper, its Word file, stamps, envelopes, receipts, seals."""
