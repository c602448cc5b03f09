import django.db.models.constraints
import django.db.models.deletion
import django.db.models.functions.text
import django.db.models.manager
from django.conf import settings
from django.db import migrations, models

import tests.zoo.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.CreateModel(
            name="Unmanaged",
            fields=[
                ("id", models.IntegerField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=50)),
            ],
            options={
                "db_table": "awkward_unmanaged",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="UnmanagedView",
            fields=[
                ("id", models.IntegerField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=50)),
            ],
            options={
                "db_table": "awkward_unmanaged_view",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="UnmanagedWithoutTable",
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
                ("name", models.CharField(max_length=50)),
            ],
            options={
                "db_table": "awkward_nowhere",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="Gadget",
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
                ("name", models.CharField(max_length=50)),
            ],
            options={
                "swappable": "AWKWARD_GADGET_MODEL",
            },
        ),
        migrations.CreateModel(
            name="Account",
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
                ("login", models.CharField(max_length=50, unique=True)),
                (
                    "balance",
                    models.DecimalField(decimal_places=2, default=0, max_digits=12),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Boat",
            fields=[
                ("boat_id", models.AutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(db_column="boat_name", max_length=50)),
                ("car_name", models.CharField(max_length=50)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Beacon",
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
                ("name", models.CharField(max_length=50)),
            ],
        ),
        migrations.CreateModel(
            name="Car",
            fields=[
                ("name", models.CharField(max_length=100)),
                ("car_id", models.AutoField(primary_key=True, serialize=False)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="CaseTwin",
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
                ("name", tests.zoo.fields.ExactCharField(max_length=50, unique=True)),
            ],
        ),
        migrations.CreateModel(
            name="Chicken",
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
            ],
        ),
        migrations.CreateModel(
            name="Colour",
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
                ("name", models.CharField(max_length=50, unique=True)),
            ],
        ),
        migrations.CreateModel(
            name="Country",
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
                ("code", tests.zoo.fields.ExactCharField(max_length=10, unique=True)),
            ],
        ),
        migrations.CreateModel(
            name="CustomGadget",
            fields=[
                (
                    "serial",
                    models.CharField(max_length=50, primary_key=True, serialize=False),
                ),
                ("weight", models.FloatField()),
            ],
        ),
        migrations.CreateModel(
            name="DefaultManaged",
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
                ("name", models.CharField(max_length=50)),
                ("deleted", models.BooleanField(default=False)),
            ],
            options={
                "default_manager_name": "plain",
            },
            managers=[
                ("plain", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="Echo",
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
                ("name", models.CharField(max_length=50)),
            ],
        ),
        migrations.CreateModel(
            name="Friend",
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
                ("since", models.DateField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Label",
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
                ("name", models.CharField(max_length=50)),
            ],
        ),
        migrations.CreateModel(
            name="Left",
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
            ],
        ),
        migrations.CreateModel(
            name="NoRows",
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
                ("name", models.CharField(max_length=50)),
            ],
        ),
        migrations.CreateModel(
            name="Place",
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
                ("name", models.CharField(max_length=100)),
                ("neighbours", models.ManyToManyField(to="awkward.place")),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Reordered",
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
                ("first", models.CharField(max_length=50)),
                ("third", models.CharField(max_length=50)),
            ],
        ),
        migrations.CreateModel(
            name="Soft",
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
                ("name", models.CharField(max_length=50)),
                ("deleted", models.BooleanField(default=False)),
            ],
        ),
        migrations.CreateModel(
            name="Stamped",
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
                ("name", models.CharField(max_length=50)),
                ("made_at", models.DateTimeField(auto_now_add=True)),
                ("saved_at", models.DateTimeField(auto_now=True)),
                ("saved_on", models.DateField(auto_now=True)),
                ("saved_time", models.TimeField(auto_now=True)),
            ],
        ),
        migrations.CreateModel(
            name="Visit",
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
            ],
        ),
        migrations.CreateModel(
            name="Wheels",
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
            ],
        ),
        migrations.CreateModel(
            name="Author",
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
                ("first", models.CharField(max_length=50)),
                ("last", models.CharField(max_length=50)),
            ],
            options={
                "unique_together": {("first", "last")},
            },
        ),
        migrations.CreateModel(
            name="Book",
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
                ("title", models.CharField(max_length=100)),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to="awkward.author"
                    ),
                ),
            ],
            options={
                "ordering": ("author__last", "title"),
            },
        ),
        migrations.CreateModel(
            name="Checked",
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
                ("low", models.IntegerField()),
                ("high", models.IntegerField(null=True)),
                ("kind", models.CharField(max_length=10)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("low__lte", models.F("high"))),
                        name="awkward_checked_in_order",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["a", "b'c", ""])),
                        name="awkward_checked_kind",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Conditional",
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
                ("name", models.CharField(max_length=50)),
                ("active", models.BooleanField(default=True)),
                ("code", models.CharField(max_length=50)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("active", True)),
                        fields=("name",),
                        name="awkward_conditional_active",
                    ),
                    models.UniqueConstraint(
                        django.db.models.functions.text.Lower("code"),
                        name="awkward_conditional_lower",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Coordinates",
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
                ("row", models.IntegerField(null=True)),
                ("column", models.IntegerField(null=True)),
                ("label", models.CharField(max_length=10, null=True, unique=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("row", "column"), name="awkward_coordinates_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Edition",
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
                ("year", models.IntegerField()),
                (
                    "book",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to="awkward.book"
                    ),
                ),
            ],
            options={
                "ordering": ("book",),
            },
        ),
        migrations.CreateModel(
            name="Egg",
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
                    "chicken",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="awkward.chicken",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="chicken",
            name="egg",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="awkward.egg",
            ),
        ),
        migrations.CreateModel(
            name="GadgetOwner",
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
                    "gadget",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        to=settings.AWKWARD_GADGET_MODEL,
                    ),
                ),
                (
                    "spares",
                    models.ManyToManyField(
                        related_name="+", to=settings.AWKWARD_GADGET_MODEL
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Group",
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
                ("name", models.CharField(max_length=50)),
                (
                    "colours",
                    models.ManyToManyField(
                        db_table="awkward group's colours", to="awkward.colour"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Loop",
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
                    "next",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to="awkward.loop"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="MixedCase",
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
                ("Upper", models.CharField(max_length=50)),
                ("lower", models.CharField(db_column="LOWER", max_length=50)),
                ("swapped", models.IntegerField(db_column="other")),
                ("other", models.IntegerField(db_column="swapped")),
                (
                    "Related",
                    models.ForeignKey(
                        db_column="FK",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="awkward.mixedcase",
                    ),
                ),
            ],
            options={
                "db_table": "Awkward_MixedCase",
            },
        ),
        migrations.CreateModel(
            name="Node",
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
                ("name", models.CharField(max_length=50)),
                (
                    "parent",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="awkward.node",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Order",
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
                ("select", models.IntegerField()),
                ("order", models.IntegerField(db_column="order", db_index=True)),
                ("group", models.CharField(max_length=50)),
                ("default", models.BooleanField(db_column="default", default=False)),
                ("rowid", models.IntegerField(db_column="primary")),
                (
                    "user",
                    models.ForeignKey(
                        db_column="user",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="awkward.order",
                    ),
                ),
            ],
            options={
                "db_table": "order",
            },
        ),
        migrations.CreateModel(
            name="Person",
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
                ("name", models.CharField(max_length=50)),
                (
                    "friends",
                    models.ManyToManyField(
                        through="awkward.Friend", to="awkward.person"
                    ),
                ),
                (
                    "heroes",
                    models.ManyToManyField(related_name="fans", to="awkward.person"),
                ),
                ("relatives", models.ManyToManyField(to="awkward.person")),
            ],
            options={
                "ordering": ("name",),
            },
        ),
        migrations.CreateModel(
            name="Passport",
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
                    "replaces",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to="awkward.passport",
                    ),
                ),
                (
                    "person",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, to="awkward.person"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Membership",
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
                ("reason", models.TextField(blank=True)),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to="awkward.group"
                    ),
                ),
                (
                    "inviter",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="invitations",
                        to="awkward.person",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to="awkward.person"
                    ),
                ),
            ],
            options={
                "ordering": ("person__name", "group__name"),
            },
        ),
        migrations.AddField(
            model_name="group",
            name="members",
            field=models.ManyToManyField(
                through="awkward.Membership",
                through_fields=("group", "person"),
                to="awkward.person",
            ),
        ),
        migrations.AddField(
            model_name="friend",
            name="one",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="awkward.person",
            ),
        ),
        migrations.AddField(
            model_name="friend",
            name="other",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="awkward.person",
            ),
        ),
        migrations.CreateModel(
            name="Restaurant",
            fields=[
                (
                    "place_ptr",
                    models.OneToOneField(
                        auto_created=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        parent_link=True,
                        primary_key=True,
                        serialize=False,
                        to="awkward.place",
                    ),
                ),
                ("serves_pizza", models.BooleanField(default=False)),
            ],
            options={
                "abstract": False,
            },
            bases=("awkward.place",),
        ),
        migrations.CreateModel(
            name="ProxyPlace",
            fields=[],
            options={
                "proxy": True,
                "indexes": [],
                "constraints": [],
            },
            bases=("awkward.place",),
        ),
        migrations.CreateModel(
            name="Right",
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
                    "left",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="awkward.left",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="left",
            name="right",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="awkward.right",
            ),
        ),
        migrations.CreateModel(
            name="Select",
            fields=[
                (
                    "id",
                    models.AutoField(
                        db_column="the id", primary_key=True, serialize=False
                    ),
                ),
                (
                    "spaced",
                    models.CharField(
                        db_column="two  spaces", max_length=50, unique=True
                    ),
                ),
                ("quoted", models.CharField(db_column="it's; --", max_length=50)),
                (
                    "marks",
                    models.CharField(db_column="a?b:c,{d}[e](f)", max_length=50),
                ),
                ("slashes", models.CharField(db_column="back\\slash/n", max_length=50)),
                ("digits", models.CharField(db_column="1st", max_length=50)),
                ("dotted", models.CharField(db_column="dash-ed.dotted", max_length=50)),
                (
                    "orders",
                    models.ManyToManyField(related_name="+", to="awkward.order"),
                ),
            ],
            options={
                "db_table": "select from where",
            },
        ),
        migrations.CreateModel(
            name="Shelf",
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
                ("position", models.IntegerField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        deferrable=django.db.models.constraints.Deferrable["DEFERRED"],
                        fields=("position",),
                        name="awkward_shelf_position",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="HiddenAlways",
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
                ("name", models.CharField(max_length=50)),
                ("deleted", models.BooleanField(default=False)),
                (
                    "soft",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="awkward.soft",
                    ),
                ),
            ],
            options={
                "base_manager_name": "visible",
                "default_manager_name": "visible",
            },
            managers=[
                ("visible", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="Step",
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
                ("code", models.CharField(max_length=10, unique=True)),
                (
                    "after",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="awkward.step",
                        to_field="code",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Tag",
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
                ("name", models.CharField(max_length=50)),
                ("object_id", models.BigIntegerField()),
                (
                    "content_type",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        to="contenttypes.contenttype",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="TextTag",
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
                ("name", models.CharField(max_length=50)),
                ("key", models.CharField(max_length=200, null=True)),
                (
                    "kind",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="contenttypes.contenttype",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Town",
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
                ("name", models.CharField(max_length=50)),
                (
                    "country",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        to="awkward.country",
                        to_field="code",
                    ),
                ),
                (
                    "twin",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="twins",
                        to="awkward.country",
                        to_field="code",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Dangling",
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
                    "colours",
                    models.ManyToManyField(db_constraint=False, to="awkward.colour"),
                ),
                (
                    "person",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        to="awkward.person",
                    ),
                ),
                (
                    "town",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        to="awkward.town",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Unicode",
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
                ("größe", models.IntegerField()),
                ("naïve", models.CharField(db_column="naïve Größe ☃", max_length=50)),
                ("名前", models.CharField(max_length=50)),
                (
                    "select",
                    models.ForeignKey(
                        db_column="Ελληνικά",
                        on_delete=django.db.models.deletion.CASCADE,
                        to="awkward.select",
                    ),
                ),
            ],
            options={
                "db_table": "日本語",
            },
        ),
        migrations.CreateModel(
            name="Amphibian",
            fields=[
                (
                    "boat_ptr",
                    models.OneToOneField(
                        auto_created=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        parent_link=True,
                        primary_key=True,
                        serialize=False,
                        to="awkward.boat",
                    ),
                ),
                ("depth", models.DecimalField(decimal_places=2, max_digits=5)),
                (
                    "car",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, to="awkward.car"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
            bases=("awkward.boat",),
        ),
        migrations.AddConstraint(
            model_name="book",
            constraint=models.UniqueConstraint(
                fields=("title", "author"), name="awkward_book_once"
            ),
        ),
        migrations.AlterOrderWithRespectTo(
            name="node",
            order_with_respect_to="parent",
        ),
        migrations.AlterUniqueTogether(
            name="membership",
            unique_together={("group", "person")},
        ),
        migrations.CreateModel(
            name="Trattoria",
            fields=[
                (
                    "link",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        parent_link=True,
                        primary_key=True,
                        serialize=False,
                        to="awkward.restaurant",
                    ),
                ),
                ("cook", models.CharField(max_length=100)),
            ],
            options={
                "abstract": False,
            },
            bases=("awkward.restaurant",),
        ),
        migrations.AddField(
            model_name="wheels",
            name="restaurant",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, to="awkward.restaurant"
            ),
        ),
        migrations.AddField(
            model_name="visit",
            name="place",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, to="awkward.proxyplace"
            ),
        ),
        migrations.AddField(
            model_name="visit",
            name="places",
            field=models.ManyToManyField(
                related_name="group_visits", to="awkward.proxyplace"
            ),
        ),
        migrations.AddIndex(
            model_name="tag",
            index=models.Index(
                fields=["content_type", "object_id"],
                name="awkward_tag_content_00a024_idx",
            ),
        ),
        migrations.AddField(
            model_name="wheels",
            name="trattoria",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="awkward.trattoria",
            ),
        ),
        migrations.AddField(
            model_name="trattoria",
            name="suppliers",
            field=models.ManyToManyField(related_name="customers", to="awkward.place"),
        ),
    ]
