"""Which statement of one snippet does what which statement of another does."""
