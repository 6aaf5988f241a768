"""The database's schema, step by step. A step that was released is never changed; each leaves the previous release
running.
"""
