from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("awkward", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="reordered",
            name="second",
            field=models.CharField(max_length=50, null=True),
        ),
    ]
