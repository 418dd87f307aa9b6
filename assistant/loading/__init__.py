"""A visitor's files on their way into the workspace: kept, looked at, confirmed, built. No page."""
