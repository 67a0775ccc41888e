"""Where a corpus comes from: folders, files, archives, installed packages and git repositories."""
