"""Notices as they are read: on their page, and as a letter a day. Names of colleagues; no title, no word of theirs."""
