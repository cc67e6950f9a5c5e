"""Floor 4: navigation, formats, shared widgets, and the pages that join several rooms."""
