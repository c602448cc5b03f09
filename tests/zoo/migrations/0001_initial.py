import datetime as dt
import uuid
from decimal import Decimal

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
import django.db.models.functions.text
from django.db import migrations, models

import tests.zoo.fields
import tests.zoo.models.wide


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="AddressPk",
            fields=[
                (
                    "address",
                    models.GenericIPAddressField(primary_key=True, serialize=False),
                ),
                ("name", models.CharField(max_length=50)),
            ],
        ),
        migrations.CreateModel(
            name="AutoPk",
            fields=[
                ("id", models.AutoField(primary_key=True, serialize=False)),
            ],
        ),
        migrations.CreateModel(
            name="BigPk",
            fields=[
                ("number", models.BigAutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=50)),
            ],
        ),
        migrations.CreateModel(
            name="Collated",
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
                ("exact", tests.zoo.fields.ExactCharField(max_length=100, unique=True)),
                ("plain", models.CharField(max_length=100)),
            ],
        ),
        migrations.CreateModel(
            name="Custom",
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
                ("encrypted", tests.zoo.fields.EncryptedTextField()),
                ("encrypted_or_null", tests.zoo.fields.EncryptedTextField(null=True)),
                ("compressed", tests.zoo.fields.CompressedTextField()),
                ("compressed_or_null", tests.zoo.fields.CompressedTextField(null=True)),
                ("amount", tests.zoo.fields.AmountField()),
                ("amount_or_null", tests.zoo.fields.AmountField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="DatabaseDefault",
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
                ("name", models.CharField(db_default="it's a default", max_length=50)),
                ("number", models.IntegerField(db_default=42)),
                (
                    "made_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now()
                    ),
                ),
                ("active", models.BooleanField(db_default=True)),
                ("note", models.TextField(db_default="not null", null=True)),
            ],
        ),
        migrations.CreateModel(
            name="DatePk",
            fields=[
                ("day", models.DateField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=50)),
            ],
        ),
        migrations.CreateModel(
            name="DecimalPk",
            fields=[
                (
                    "amount",
                    models.DecimalField(
                        decimal_places=2,
                        max_digits=10,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("name", models.CharField(max_length=50)),
            ],
        ),
        migrations.CreateModel(
            name="Everything",
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
                ("big_integer", models.BigIntegerField(null=True)),
                ("binary", models.BinaryField(null=True)),
                ("boolean", models.BooleanField(null=True)),
                ("char", models.CharField(max_length=100, null=True)),
                ("date", models.DateField(null=True)),
                ("date_time", models.DateTimeField(null=True)),
                (
                    "decimal_5_2",
                    models.DecimalField(decimal_places=2, max_digits=5, null=True),
                ),
                (
                    "decimal_15_4",
                    models.DecimalField(decimal_places=4, max_digits=15, null=True),
                ),
                (
                    "decimal_30_10",
                    models.DecimalField(decimal_places=10, max_digits=30, null=True),
                ),
                ("duration", models.DurationField(null=True)),
                ("email", models.EmailField(max_length=254, null=True)),
                ("file", models.FileField(null=True, upload_to="")),
                (
                    "file_path",
                    models.FilePathField(
                        null=True, path=tests.zoo.models.wide.zoo_folder
                    ),
                ),
                ("floating", models.FloatField(null=True)),
                ("ip", models.GenericIPAddressField(null=True)),
                ("ip_v4", models.GenericIPAddressField(null=True, protocol="IPv4")),
                ("integer", models.IntegerField(null=True)),
                ("json", models.JSONField(null=True)),
                ("positive_big_integer", models.PositiveBigIntegerField(null=True)),
                ("positive_integer", models.PositiveIntegerField(null=True)),
                ("positive_small_integer", models.PositiveSmallIntegerField(null=True)),
                ("slug", models.SlugField(null=True)),
                ("small_integer", models.SmallIntegerField(null=True)),
                ("text", models.TextField(null=True)),
                ("time", models.TimeField(null=True)),
                ("url", models.URLField(null=True)),
                ("uuid", models.UUIDField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="ExactTextPk",
            fields=[
                (
                    "code",
                    tests.zoo.fields.ExactCharField(
                        max_length=200, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=50)),
            ],
        ),
        migrations.CreateModel(
            name="Generated",
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
                ("width", models.IntegerField()),
                (
                    "area",
                    models.GeneratedField(
                        db_persist=True,
                        expression=django.db.models.expressions.CombinedExpression(
                            models.F("width"), "*", models.F("height")
                        ),
                        output_field=models.BigIntegerField(),
                    ),
                ),
                ("height", models.IntegerField()),
                (
                    "lower_name",
                    models.GeneratedField(
                        db_persist=True,
                        expression=django.db.models.functions.text.Lower("name"),
                        output_field=models.CharField(max_length=50),
                    ),
                ),
                ("name", models.CharField(max_length=50)),
            ],
        ),
        migrations.CreateModel(
            name="HugeDecimal",
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
                ("amount", models.DecimalField(decimal_places=30, max_digits=65)),
            ],
        ),
        migrations.CreateModel(
            name="UuidPk",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=50)),
            ],
        ),
        migrations.CreateModel(
            name="PlainIntegerPk",
            fields=[
                ("code", models.IntegerField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=50)),
            ],
        ),
        migrations.CreateModel(
            name="Required",
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
                ("big_integer", models.BigIntegerField(default=-1099511627776)),
                ("binary", models.BinaryField(default=b"\x00\xff")),
                ("boolean", models.BooleanField(default=True)),
                ("char", models.CharField(default="", max_length=100)),
                ("date", models.DateField(default=dt.date(2000, 2, 29))),
                (
                    "date_time",
                    models.DateTimeField(default=tests.zoo.models.wide.leap_day),
                ),
                (
                    "decimal",
                    models.DecimalField(
                        decimal_places=2, default=Decimal("-0.10"), max_digits=12
                    ),
                ),
                (
                    "duration",
                    models.DurationField(
                        default=dt.timedelta(
                            days=-1, seconds=86399, microseconds=999999
                        )
                    ),
                ),
                (
                    "email",
                    models.EmailField(default="someone@example.org", max_length=254),
                ),
                ("file", models.FileField(default="", upload_to="")),
                (
                    "file_path",
                    models.FilePathField(
                        default="", path=tests.zoo.models.wide.zoo_folder
                    ),
                ),
                ("floating", models.FloatField(default=0.1)),
                ("ip", models.GenericIPAddressField(default="::1")),
                ("integer", models.IntegerField(default=-1)),
                ("json", models.JSONField(default=dict)),
                (
                    "positive_big_integer",
                    models.PositiveBigIntegerField(default=1099511627776),
                ),
                ("positive_integer", models.PositiveIntegerField(default=1)),
                ("positive_small_integer", models.PositiveSmallIntegerField(default=1)),
                ("slug", models.SlugField(default="a-slug")),
                ("small_integer", models.SmallIntegerField(default=-1)),
                ("text", models.TextField(default="")),
                ("time", models.TimeField(default=dt.time(23, 59, 59, 999999))),
                ("url", models.URLField(default="https://example.org/")),
                (
                    "uuid",
                    models.UUIDField(
                        default=uuid.UUID("00000000-0000-0000-0000-000000000000")
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SmallPk",
            fields=[
                ("id", models.SmallAutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=50)),
            ],
        ),
        migrations.CreateModel(
            name="TextPk",
            fields=[
                (
                    "code",
                    models.CharField(max_length=200, primary_key=True, serialize=False),
                ),
                ("name", models.CharField(max_length=50)),
            ],
        ),
        migrations.CreateModel(
            name="OneToOnePk",
            fields=[
                (
                    "uuid_pk",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        serialize=False,
                        to="zoo.uuidpk",
                    ),
                ),
                ("name", models.CharField(max_length=50)),
            ],
        ),
        migrations.AddField(
            model_name="uuidpk",
            name="texts",
            field=models.ManyToManyField(to="zoo.textpk"),
        ),
        migrations.CreateModel(
            name="CompositePk",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "text_pk",
                        "position",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("position", models.IntegerField()),
                ("name", models.CharField(max_length=50)),
                (
                    "text_pk",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to="zoo.textpk"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Reference",
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
                (
                    "address",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="zoo.addresspk",
                    ),
                ),
                (
                    "amount",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="zoo.decimalpk",
                    ),
                ),
                (
                    "auto",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="zoo.autopk",
                    ),
                ),
                (
                    "big",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="zoo.bigpk",
                    ),
                ),
                (
                    "day",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="zoo.datepk",
                    ),
                ),
                (
                    "exact_text",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="zoo.exacttextpk",
                    ),
                ),
                (
                    "plain",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="zoo.plainintegerpk",
                    ),
                ),
                (
                    "uuid",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="zoo.uuidpk",
                    ),
                ),
                (
                    "small",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="zoo.smallpk",
                    ),
                ),
                (
                    "text",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="zoo.textpk",
                    ),
                ),
                (
                    "one_to_one",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="zoo.onetoonepk",
                    ),
                ),
            ],
        ),
    ]
