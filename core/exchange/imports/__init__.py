"""Taking in what others kept in Excel or CSV: mapping, dry run, correction, taking, undo.

A plugin declares an Importer (declare.py); pages, jobs, the refused-lines file and undo are here.
"""
