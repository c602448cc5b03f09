"""Geometries between PostGIS, SpatiaLite and MariaDB: a project of its own.

It runs in processes of its own, because not every Python lets SQLite load SpatiaLite,
and because GeoDjango cannot be imported without GDAL.
"""
