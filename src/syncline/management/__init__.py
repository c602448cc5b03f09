"""Faces: the commands of `manage.py`."""
