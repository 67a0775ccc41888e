"""Data sets from elsewhere: read in their own formats, kept in one, searched and measured."""
