"""The Improve review on paper: a sheet to print, and the same as a PDF."""
