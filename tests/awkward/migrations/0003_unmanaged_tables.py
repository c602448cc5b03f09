"""The table and the view behind the models that Django does not manage."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("awkward", "0002_second_column"),
    ]

    operations = [
        migrations.RunSQL(
            "CREATE TABLE awkward_unmanaged"
            " (id integer NOT NULL PRIMARY KEY, name varchar(50) NOT NULL)",
            "DROP TABLE awkward_unmanaged",
        ),
        migrations.RunSQL(
            "CREATE VIEW awkward_unmanaged_view AS"
            " SELECT id, name FROM awkward_unmanaged WHERE id > 1",
            "DROP VIEW awkward_unmanaged_view",
        ),
    ]
