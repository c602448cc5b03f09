from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("stations", "0001_models"),
    ]

    operations = [
        migrations.CreateModel(
            name="Tide",
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
                ("harbour", models.CharField(max_length=20, unique=True)),
                ("low", models.IntegerField()),
                ("high", models.IntegerField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("low__lte", models.F("high"))),
                        name="stations_tide_order",
                    )
                ],
            },
        ),
    ]
