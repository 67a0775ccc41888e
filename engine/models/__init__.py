"""Models: which there are, where they live, and how they run on this device."""
