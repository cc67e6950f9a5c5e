"""Floor 3: source → fetch → parse → match → score → cluster → alert."""
