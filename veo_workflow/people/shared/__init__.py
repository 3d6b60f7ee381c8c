"""Signing in on an iPad that many share, by a code on a screen where one is signed in already."""
