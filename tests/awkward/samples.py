"""Rows for the awkward models, the same at each call."""

import datetime as dt
from decimal import Decimal

from django.contrib.auth.models import Group as AuthGroup
from django.contrib.auth.models import Permission, User
from django.contrib.contenttypes.models import ContentType
from django.db import connections, transaction

from tests.awkward import models as awkward
from tests.zoo.values import instant
from tests.zoo.writing import objects, reset_sequences


def fill_awkward(alias):
    """Fill every awkward model but NoRows, and some users and groups.

    Run it where migrate has run: permissions and content types must be there.
    """
    connection = connections[alias]
    # Cycles: PostgreSQL and SQLite check at commit, MariaDB must be told.
    with transaction.atomic(using=alias), connection.constraint_checks_disabled():
        _fill_inheritance(alias)
        _fill_people(alias)
        _fill_cycles(alias)
        _fill_to_field(alias)
        _fill_names(alias)
        _fill_managers(alias)
        _fill_constraints(alias)
        _fill_states(alias)
        _fill_users(alias)
        _fill_generic(alias)
    reset_sequences(alias, "awkward")
    reset_sequences(alias, "auth")


def add_dangling_generic_keys(alias):
    """Add generic keys whose row, or whose model, is gone."""
    gone = objects(ContentType, alias).create(app_label="gone", model="forever")
    create(awkward.Tag, alias, name="no model", content_type=gone, object_id=1)
    create(
        awkward.Tag,
        alias,
        name="no row",
        content_type=_kind(awkward.Label, alias),
        object_id=-999,
    )


def create(model, alias, **values):
    """Save one row, parents included, past the model's managers."""
    row = model(**values)
    row.save(using=alias, force_insert=True)
    return row


def create_all(model, alias, rows):
    """Save plain rows in one statement."""
    objects(model, alias).bulk_create([model(**row) for row in rows])


def _link(manager, pairs, alias):
    """Fill an automatic many-to-many table with (source, target) keys."""
    through = manager.through
    source, target = (
        field.attname for field in through._meta.fields if field.is_relation
    )
    create_all(through, alias, [{source: one, target: two} for one, two in pairs])


def _fill_inheritance(alias):
    create(awkward.Place, alias, id=10, name="Only a place")
    create(awkward.Restaurant, alias, id=20, name="Da Ugo", serves_pizza=True)
    create(awkward.Trattoria, alias, id=30, name="Sotto", cook="Rosa")
    # A child made after its parent, so that its key is below others' keys.
    create(awkward.Place, alias, id=5, name="Late")
    create_all(awkward.Place, alias, [{"id": key, "name": ""} for key in (1, 2, 3)])
    late = awkward.Restaurant(place_ptr_id=5, serves_pizza=False)
    late.save_base(raw=True, using=alias, force_insert=True)
    for key in (1, 2):
        car = create(awkward.Car, alias, car_id=key, name=f"Car {key}")
        create(
            awkward.Amphibian,
            alias,
            boat_id=key * 100,
            name=f"Boat {key}",
            car_name=f"of {key}",
            car=car,
            depth=Decimal("-1.25"),
        )
    create(awkward.Boat, alias, boat_id=7, name="Only a boat", car_name="")
    wheels = [(20, None), (30, 30), (5, None)]
    create_all(
        awkward.Wheels,
        alias,
        [{"restaurant_id": one, "trattoria_id": two} for one, two in wheels],
    )
    visits = [(1, 10), (2, 30)]
    create_all(
        awkward.Visit, alias, [{"id": key, "place_id": place} for key, place in visits]
    )
    _link(awkward.Visit.places, [(1, 10), (1, 20), (2, 5)], alias)
    _link(awkward.Place.neighbours, [(10, 20), (20, 10), (5, 5)], alias)
    _link(awkward.Trattoria.suppliers, [(30, 10), (30, 30)], alias)


def _fill_people(alias):
    people = ["Zoë", "adam", "Adam", "", "Ørsted", "李"]
    create_all(
        awkward.Person,
        alias,
        [{"id": key, "name": name} for key, name in enumerate(people, 1)],
    )
    _link(awkward.Person.relatives, [(1, 2), (2, 1), (3, 3)], alias)
    _link(awkward.Person.heroes, [(1, 2), (2, 3), (6, 1)], alias)
    friends = [(1, 2, dt.date(1, 1, 1)), (2, 1, None), (2, 1, None), (6, 6, None)]
    create_all(
        awkward.Friend,
        alias,
        [{"one_id": a, "other_id": b, "since": since} for a, b, since in friends],
    )
    create_all(awkward.Group, alias, [{"id": 1, "name": "A"}, {"id": 2, "name": "B"}])
    create_all(
        awkward.Colour, alias, [{"id": 4, "name": "red"}, {"id": 9, "name": "blue"}]
    )
    _link(awkward.Group.colours, [(1, 4), (1, 9), (2, 9)], alias)
    members = [(1, 1, None), (1, 2, 1), (2, 1, 1), (2, 6, 6)]
    create_all(
        awkward.Membership,
        alias,
        [
            {"group_id": group, "person_id": person, "inviter_id": inviter}
            for group, person, inviter in members
        ],
    )
    passports = [(1, 1, 3), (2, 2, None), (3, 6, 2)]
    create_all(
        awkward.Passport,
        alias,
        [
            {"id": key, "person_id": person, "replaces_id": old}
            for key, person, old in passports
        ],
    )


def _fill_cycles(alias):
    # Children before parents, a root in the middle, and a deep line.
    tree = [(1, 9), (2, 1), (5, None), (9, 5), (11, None), (12, 9)]
    tree += [(100 + depth, 99 + depth if depth else 12) for depth in range(60)]
    create_all(
        awkward.Node,
        alias,
        [
            {"id": key, "name": f"node {key}", "parent_id": parent, "_order": -key}
            for key, parent in tree
        ],
    )
    loops = [(1, 1), (2, 3), (3, 4), (4, 2)]
    create_all(awkward.Loop, alias, [{"id": key, "next_id": to} for key, to in loops])
    create_all(
        awkward.Left, alias, [{"id": 1, "right_id": 2}, {"id": 3, "right_id": None}]
    )
    create_all(awkward.Right, alias, [{"id": 2, "left_id": 1}, {"id": 4, "left_id": 3}])
    create_all(awkward.Chicken, alias, [{"id": 1, "egg_id": 2}, {"id": 2, "egg_id": 1}])
    create_all(
        awkward.Egg, alias, [{"id": 1, "chicken_id": 1}, {"id": 2, "chicken_id": 2}]
    )


def _fill_to_field(alias):
    codes = ["PT", "pt", "1", "é", ""]
    create_all(
        awkward.Country,
        alias,
        [{"id": 50 - place, "code": code} for place, code in enumerate(codes)],
    )
    create_all(
        awkward.Town,
        alias,
        [
            {"id": place, "name": f"in {code}", "country_id": code, "twin_id": twin}
            for place, (code, twin) in enumerate(
                zip(codes, [None, "PT", "é", "", "1"], strict=True), 1
            )
        ],
    )
    steps = [("b", "a"), ("a", None), ("c", "c")]
    create_all(
        awkward.Step,
        alias,
        [{"code": code, "after_id": after} for code, after in steps],
    )
    dangling = [(1, 1, 1), (2, 999, None), (3, -5, 888)]
    create_all(
        awkward.Dangling,
        alias,
        [
            {"id": key, "person_id": person, "town_id": town}
            for key, person, town in dangling
        ],
    )
    _link(awkward.Dangling.colours, [(1, 4), (2, 777), (3, 778)], alias)


def _fill_names(alias):
    create_all(
        awkward.Order,
        alias,
        [
            {
                "id": key,
                "select": -key,
                "order": key % 2,
                "group": f"group {key}",
                "default": key == 1,
                "user_id": user,
                "rowid": 100 - key,
            }
            for key, user in [(1, 2), (2, None), (3, 3)]
        ],
    )
    texts = ("quoted", "marks", "slashes", "digits", "dotted")
    create_all(
        awkward.Select,
        alias,
        [
            {"id": key, "spaced": f"{key}"} | {name: f"{name} {key}" for name in texts}
            for key in (1, 2)
        ],
    )
    _link(awkward.Select.orders, [(1, 1), (1, 3), (2, 2)], alias)
    unicode = {"größe": 1, "naïve": "naïf", "名前": "太郎", "select_id": 2}
    create_all(awkward.Unicode, alias, [unicode])
    create_all(
        awkward.MixedCase,
        alias,
        [
            {"id": 1, "Upper": "U", "lower": "l", "swapped": 1, "other": 2},
            {"id": 2, "Upper": "u", "lower": "L", "swapped": 3, "other": 4}
            | {"Related_id": 1},
        ],
    )


def _fill_managers(alias):
    rows = [{"id": key, "name": f"{key}", "deleted": key > 2} for key in range(1, 5)]
    for hiding in (awkward.Soft, awkward.DefaultManaged, awkward.HiddenAlways):
        create_all(hiding, alias, rows)
    objects(awkward.HiddenAlways, alias).filter(pk__gt=1).update(soft_id=4)
    for signalling in (awkward.Beacon, awkward.Echo):
        create_all(signalling, alias, [{"name": "one"}, {"name": "two"}])
    authors = [(8, "Jane", "Austen"), (3, "Ann", "Other"), (5, "", "Anonymous")]
    create_all(
        awkward.Author,
        alias,
        [{"id": key, "first": first, "last": last} for key, first, last in authors],
    )
    books = [(1, "Emma", 8), (2, "Persuasion", 8), (9, "Emma", 3)]
    create_all(
        awkward.Book,
        alias,
        [{"id": key, "title": title, "author_id": by} for key, title, by in books],
    )
    create_all(
        awkward.Edition,
        alias,
        [{"book_id": book, "year": 1815 + book} for book in (9, 1, 1)],
    )


def _fill_constraints(alias):
    create_all(
        awkward.Account,
        alias,
        [{"login": "root", "balance": Decimal("-0.01")}, {"login": "it's"}],
    )
    points = [(1, 1, "a"), (1, 2, "b"), (1, None, None), (1, None, None)]
    create_all(
        awkward.Coordinates,
        alias,
        [{"row": row, "column": column, "label": text} for row, column, text in points],
    )
    conditional = [("x", True, "one"), ("x", False, "two"), ("x", False, "three")]
    create_all(
        awkward.Conditional,
        alias,
        [
            {"name": name, "active": active, "code": code}
            for name, active, code in conditional
        ],
    )
    twins = ["case", "Case", "CASE", "case ", "cas\u00e9", "case\u0301", "🦒", "🐘", ""]
    create_all(awkward.CaseTwin, alias, [{"name": name} for name in twins])
    create_all(awkward.Shelf, alias, [{"position": at} for at in (3, 1, 2)])
    checked = [(1, 1, "a"), (-5, None, "b'c"), (0, 9, "")]
    create_all(
        awkward.Checked,
        alias,
        [{"low": low, "high": high, "kind": kind} for low, high, kind in checked],
    )


def _fill_states(alias):
    create_all(
        awkward.Unmanaged, alias, [{"id": key, "name": f"{key}"} for key in (1, 2, 3)]
    )
    create_all(
        awkward.CustomGadget,
        alias,
        [{"serial": "s/1", "weight": 0.1}, {"serial": "é 2", "weight": -1e300}],
    )
    create_all(awkward.GadgetOwner, alias, [{"id": 1, "gadget_id": "é 2"}])
    _link(awkward.GadgetOwner.spares, [(1, "s/1"), (1, "é 2")], alias)
    create_all(awkward.Stamped, alias, [{"name": "old"}])
    # update() stores what it is told; saving would stamp today.
    objects(awkward.Stamped, alias).update(
        made_at=instant(2001, 2, 3, 4, 5, 6, 7),
        saved_at=instant(2002, 3, 4, 5, 6, 7, 8),
        saved_on=dt.date(2002, 3, 4),
        saved_time=dt.time(5, 6, 7, 8),
    )
    create_all(
        awkward.Reordered,
        alias,
        [
            {"first": "1", "second": "2", "third": "3"},
            {"first": "one", "second": None, "third": "three"},
        ],
    )


def _fill_users(alias):
    joined = {"date_joined": instant(2003, 1, 1, 1, 1, 1, 1)}
    hashed = "pbkdf2_sha256$1$salt$hash"
    create_all(
        User,
        alias,
        [
            {"id": 3, "username": "root", "password": hashed, "is_superuser": True}
            | joined,
            {"id": 8, "username": "émile", "password": "!", "is_active": False}
            | joined,
        ],
    )
    create_all(AuthGroup, alias, [{"id": 2, "name": "editors"}])
    _link(User.groups, [(8, 2)], alias)
    permissions = objects(Permission, alias).order_by("codename")
    permissions = permissions.filter(content_type__app_label="awkward")
    keys = [permission.pk for permission in permissions[:3]]
    _link(User.user_permissions, [(3, key) for key in keys], alias)
    _link(AuthGroup.permissions, [(2, key) for key in keys[1:]], alias)


def _fill_generic(alias):
    create_all(awkward.Label, alias, [{"id": key, "name": f"{key}"} for key in (1, 2)])
    own, kind = _kind(awkward.Label, alias), _kind(ContentType, alias)
    permission = objects(Permission, alias).order_by("codename").first()
    targets = [
        ("label", own, 1),
        ("other label", own, 2),
        ("a tag", _kind(awkward.Tag, alias), 1),
        ("a place", _kind(awkward.Restaurant, alias), 20),
        ("a content type", kind, own.pk),
        ("a permission", _kind(Permission, alias), permission.pk),
        ("no row", own, 12_345),
    ]
    create_all(
        awkward.Tag,
        alias,
        [
            {"name": name, "content_type_id": to.pk, "object_id": key}
            for name, to, key in targets
        ],
    )
    texts = [
        ("label", own.pk, "1"),
        ("gadget", _kind(awkward.CustomGadget, alias).pk, "é 2"),
        ("a content type", kind.pk, str(own.pk)),
        ("nothing", None, None),
        ("no row", own.pk, "not a number"),
    ]
    create_all(
        awkward.TextTag,
        alias,
        [{"name": name, "kind_id": to, "key": key} for name, to, key in texts],
    )


def _kind(model, alias):
    """Return the content type as `alias` numbers it; the manager's cache may not."""
    meta = model._meta
    return objects(ContentType, alias).get(
        app_label=meta.app_label, model=meta.model_name
    )
