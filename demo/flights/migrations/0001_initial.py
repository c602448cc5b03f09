import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Airline",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("code", models.CharField(max_length=2, unique=True)),
                ("name", models.CharField(max_length=100)),
            ],
        ),
        migrations.CreateModel(
            name="Airport",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("faa", models.CharField(max_length=3, unique=True)),
                ("name", models.CharField(max_length=100)),
                ("lat", models.FloatField()),
                ("lon", models.FloatField()),
                ("alt", models.IntegerField()),
                ("tz", models.SmallIntegerField()),
                ("dst", models.CharField(max_length=1)),
                ("tzone", models.CharField(max_length=40, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Plane",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("tailnum", models.CharField(max_length=6, unique=True)),
                ("year", models.SmallIntegerField(null=True)),
                ("type", models.CharField(max_length=40)),
                ("manufacturer", models.CharField(max_length=40)),
                ("model", models.CharField(max_length=40)),
                ("engines", models.SmallIntegerField()),
                ("seats", models.SmallIntegerField()),
                ("speed", models.SmallIntegerField(null=True)),
                ("engine", models.CharField(max_length=20)),
            ],
        ),
        migrations.CreateModel(
            name="Flight",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("year", models.SmallIntegerField()),
                ("month", models.SmallIntegerField()),
                ("day", models.SmallIntegerField()),
                ("dep_time", models.SmallIntegerField(null=True)),
                ("sched_dep_time", models.SmallIntegerField()),
                ("dep_delay", models.SmallIntegerField(null=True)),
                ("arr_time", models.SmallIntegerField(null=True)),
                ("sched_arr_time", models.SmallIntegerField()),
                ("arr_delay", models.SmallIntegerField(null=True)),
                ("flight", models.SmallIntegerField()),
                ("tailnum", models.CharField(max_length=6, null=True)),
                ("dest", models.CharField(max_length=3)),
                ("air_time", models.SmallIntegerField(null=True)),
                ("distance", models.SmallIntegerField()),
                ("hour", models.SmallIntegerField()),
                ("minute", models.SmallIntegerField()),
                ("time_hour", models.DateTimeField()),
                (
                    "carrier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="flights",
                        to="flights.airline",
                    ),
                ),
                (
                    "destination",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="arrivals",
                        to="flights.airport",
                    ),
                ),
                (
                    "origin",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="departures",
                        to="flights.airport",
                    ),
                ),
                (
                    "plane",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="flights",
                        to="flights.plane",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("time_hour", "carrier", "flight", "origin"),
                        name="flights_flight_key",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Weather",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("year", models.SmallIntegerField()),
                ("month", models.SmallIntegerField()),
                ("day", models.SmallIntegerField()),
                ("hour", models.SmallIntegerField()),
                ("temp", models.FloatField(null=True)),
                ("dewp", models.FloatField(null=True)),
                ("humid", models.FloatField(null=True)),
                ("wind_dir", models.SmallIntegerField(null=True)),
                ("wind_speed", models.FloatField(null=True)),
                ("wind_gust", models.FloatField(null=True)),
                ("precip", models.FloatField(null=True)),
                ("pressure", models.FloatField(null=True)),
                ("visib", models.FloatField(null=True)),
                ("time_hour", models.DateTimeField()),
                (
                    "origin",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="weather",
                        to="flights.airport",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "weather",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("origin", "time_hour"), name="flights_weather_key"
                    )
                ],
            },
        ),
    ]
