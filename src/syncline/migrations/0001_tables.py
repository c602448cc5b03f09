"""The tables of Syncline itself."""

import django.db.models.deletion
from django.db import migrations, models

import syncline.models.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Alias",
            fields=[
                (
                    "uid",
                    syncline.models.fields.Bytes(
                        max_length=16, primary_key=True, serialize=False
                    ),
                ),
                ("winner", syncline.models.fields.Bytes(db_index=True, max_length=16)),
            ],
            options={
                "db_table": "syncline_alias",
            },
        ),
        migrations.CreateModel(
            name="Before",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("run_id", models.BigIntegerField(db_index=True)),
                ("source", syncline.models.fields.ExactText(max_length=32)),
                ("records", models.BinaryField()),
                ("at", models.DateTimeField()),
            ],
            options={
                "db_table": "syncline_before",
            },
        ),
        migrations.CreateModel(
            name="Conflict",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("uid", syncline.models.fields.Bytes(db_index=True, max_length=16)),
                ("table_id", models.IntegerField()),
                ("part", models.CharField(max_length=200)),
                ("held", models.BooleanField(default=False)),
                ("lost", models.BinaryField()),
                ("kept", models.BinaryField()),
                ("at", models.DateTimeField()),
                ("run_id", models.BigIntegerField(null=True)),
                ("resolved_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "syncline_conflict",
            },
        ),
        migrations.CreateModel(
            name="Context",
            fields=[
                ("id", models.AutoField(primary_key=True, serialize=False)),
                ("knowledge", models.BinaryField()),
            ],
            options={
                "db_table": "syncline_context",
            },
        ),
        migrations.CreateModel(
            name="Journal",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("table_id", models.IntegerField()),
                ("operation", models.SmallIntegerField()),
                (
                    "pk_text",
                    syncline.models.fields.ExactText(db_column="pk", max_length=700),
                ),
                ("old_pk", syncline.models.fields.ExactText(max_length=700, null=True)),
                ("mask", models.BigIntegerField()),
                ("at", models.BigIntegerField()),
                ("origin", models.SmallIntegerField()),
            ],
            options={
                "db_table": "syncline_journal",
            },
        ),
        migrations.CreateModel(
            name="Mark",
            fields=[
                ("origin", models.SmallIntegerField(primary_key=True, serialize=False)),
            ],
            options={
                "db_table": "syncline_mark",
            },
        ),
        migrations.CreateModel(
            name="Node",
            fields=[
                ("number", models.AutoField(primary_key=True, serialize=False)),
                ("name", syncline.models.fields.ExactText(max_length=32, unique=True)),
            ],
            options={
                "db_table": "syncline_node",
            },
        ),
        migrations.CreateModel(
            name="Peer",
            fields=[
                (
                    "node",
                    syncline.models.fields.ExactText(
                        max_length=32, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                ("seq_in", models.BigIntegerField(default=0)),
                ("met", models.BooleanField(default=False)),
                ("labels", models.JSONField(default=list)),
                ("narrowed", models.JSONField(default=dict)),
                ("seq_out", models.BigIntegerField(default=0)),
                ("last_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "syncline_peer",
            },
        ),
        migrations.CreateModel(
            name="Pruning",
            fields=[
                (
                    "id",
                    models.SmallIntegerField(
                        default=1, primary_key=True, serialize=False
                    ),
                ),
                ("at", models.DateTimeField()),
            ],
            options={
                "db_table": "syncline_pruning",
            },
        ),
        migrations.CreateModel(
            name="Quarantined",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("uid", syncline.models.fields.Bytes(db_index=True, max_length=16)),
                ("table_id", models.IntegerField()),
                ("change", models.BinaryField()),
                ("frozen", models.BinaryField()),
                ("reason", models.TextField()),
                ("source", syncline.models.fields.ExactText(max_length=32)),
                ("transfer", syncline.models.fields.ExactText(max_length=32)),
                ("undone", models.BooleanField(default=False)),
                ("at", models.DateTimeField()),
                ("attempts", models.IntegerField(default=1)),
            ],
            options={
                "db_table": "syncline_quarantine",
            },
        ),
        migrations.CreateModel(
            name="Run",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("verb", models.CharField(max_length=20)),
                ("arguments", models.JSONField(default=dict)),
                ("state", models.CharField(db_index=True, max_length=12)),
                ("started_at", models.DateTimeField(db_index=True)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "begun_by",
                    syncline.models.fields.ExactText(default="", max_length=32),
                ),
                ("host", models.CharField(default="", max_length=255)),
                ("pid", models.BigIntegerField(default=0)),
                ("process", models.CharField(default="", max_length=100)),
                ("report", models.JSONField(default=dict)),
                ("error", models.TextField(default="")),
            ],
            options={
                "db_table": "syncline_run",
            },
        ),
        migrations.CreateModel(
            name="State",
            fields=[
                (
                    "id",
                    models.SmallIntegerField(
                        default=1, primary_key=True, serialize=False
                    ),
                ),
                ("node", syncline.models.fields.ExactText(max_length=32)),
                ("genesis", syncline.models.fields.ExactText(max_length=32)),
                ("counter", models.BigIntegerField(default=0)),
                ("seq", models.BigIntegerField(default=0)),
                ("knowledge", models.BinaryField(default=bytes)),
            ],
            options={
                "db_table": "syncline_state",
            },
        ),
        migrations.CreateModel(
            name="TrackedTable",
            fields=[
                ("number", models.AutoField(primary_key=True, serialize=False)),
                ("label", models.CharField(max_length=200, unique=True)),
                ("name", models.CharField(max_length=200)),
                ("bits", models.JSONField(default=dict)),
                ("fields", models.JSONField(default=list)),
                ("key", models.JSONField(default=dict)),
                ("late", models.BooleanField(default=False)),
                ("triggers", models.CharField(default="", max_length=64)),
                ("described", models.JSONField(default=dict)),
            ],
            options={
                "db_table": "syncline_table",
            },
        ),
        migrations.CreateModel(
            name="Unresolved",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("target", syncline.models.fields.Bytes(db_index=True, max_length=16)),
                ("uid", syncline.models.fields.Bytes(max_length=16)),
            ],
            options={
                "db_table": "syncline_unresolved",
            },
        ),
        migrations.CreateModel(
            name="Receipt",
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
                ("transfer", syncline.models.fields.ExactText(max_length=32)),
                ("number", models.IntegerField()),
                ("report", models.BinaryField()),
                ("at", models.DateTimeField()),
            ],
            options={
                "db_table": "syncline_receipt",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("transfer", "number"), name="syncline_receipt_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RecordRow",
            fields=[
                (
                    "uid",
                    syncline.models.fields.Bytes(
                        max_length=16, primary_key=True, serialize=False
                    ),
                ),
                ("table_id", models.IntegerField()),
                (
                    "pk_text",
                    syncline.models.fields.ExactText(
                        db_column="pk", max_length=700, null=True
                    ),
                ),
                ("life", models.IntegerField()),
                ("clock", models.BigIntegerField()),
                ("node_id", models.IntegerField()),
                ("counter", models.BigIntegerField()),
                ("seq", models.BigIntegerField(db_index=True)),
                ("digest", models.BigIntegerField(null=True)),
                ("extra", models.BinaryField(null=True)),
                ("context_id", models.IntegerField(null=True)),
                (
                    "gone_pk",
                    syncline.models.fields.ExactText(max_length=700, null=True),
                ),
            ],
            options={
                "db_table": "syncline_record",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("table_id", "pk_text"), name="syncline_record_pk"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Chunk",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("transfer", syncline.models.fields.ExactText(max_length=32)),
                ("number", models.IntegerField()),
                ("counts", models.JSONField(default=dict)),
                ("at", models.DateTimeField()),
                (
                    "run",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="syncline.run",
                    ),
                ),
            ],
            options={
                "db_table": "syncline_chunk",
            },
        ),
    ]
