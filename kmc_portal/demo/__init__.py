"""The demo's story: about fifteen invented companies in all states and plans, dated relative to today."""
