"""A field of each kind of shape that GeoDjango has."""

from django.contrib.gis.db import models

WEB = 3857


class Shape(models.Model):
    """Shapes on the plane, in two reference systems."""

    name = models.CharField(max_length=100)
    point = models.PointField(null=True)
    line = models.LineStringField(null=True)
    polygon = models.PolygonField(null=True)
    points = models.MultiPointField(null=True)
    lines = models.MultiLineStringField(null=True)
    polygons = models.MultiPolygonField(null=True)
    several = models.GeometryCollectionField(null=True)
    any = models.GeometryField(null=True)
    web = models.PointField(srid=WEB, null=True)
    unindexed = models.PointField(spatial_index=False, null=True)

    def __str__(self):
        return self.name


class Solid(models.Model):
    """Shapes with a height; MariaDB keeps none."""

    point = models.PointField(dim=3, null=True)
    line = models.LineStringField(dim=3, null=True)
    polygons = models.MultiPolygonField(dim=3, null=True)

    def __str__(self):
        return str(self.pk)


class Place(models.Model):
    """A point on the globe, where the engine tells that from the plane."""

    at = models.PointField(geography=True)

    def __str__(self):
        return str(self.pk)
