"""Reading a contract by its days: what is in force on one, what changed and why, what comes (§2.1b, §3). Writes nothing."""
