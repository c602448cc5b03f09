CREATE TRIGGER "syncline_1_insert" AFTER INSERT ON "child"
BEGIN
  INSERT INTO syncline_journal (table_id, operation, pk, old_pk, mask, at, origin)
  VALUES (1, 1, ifnull(CAST(NEW."id" AS TEXT), ''), NULL,
    0,
    CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER) * 1000,
    ifnull((SELECT origin FROM syncline_mark), 0));
END;

CREATE TRIGGER "syncline_1_update" AFTER UPDATE ON "child"
WHEN OLD."id" IS NOT NEW."id" COLLATE BINARY
  OR OLD."parent_id" IS NOT NEW."parent_id" COLLATE BINARY
  OR OLD."word" IS NOT NEW."word" COLLATE BINARY
BEGIN
  INSERT INTO syncline_journal (table_id, operation, pk, old_pk, mask, at, origin)
  VALUES (1, 2, ifnull(CAST(NEW."id" AS TEXT), ''), CASE WHEN OLD."id" IS NOT NEW."id" COLLATE BINARY THEN ifnull(CAST(OLD."id" AS TEXT), '') END,
    CASE WHEN OLD."id" IS NOT NEW."id" COLLATE BINARY THEN 1 ELSE 0 END
    + CASE WHEN OLD."parent_id" IS NOT NEW."parent_id" COLLATE BINARY THEN 2 ELSE 0 END
    + CASE WHEN OLD."word" IS NOT NEW."word" COLLATE BINARY THEN 4 ELSE 0 END,
    CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER) * 1000,
    ifnull((SELECT origin FROM syncline_mark), 0));
END;

CREATE TRIGGER "syncline_1_delete" AFTER DELETE ON "child"
BEGIN
  INSERT INTO syncline_journal (table_id, operation, pk, old_pk, mask, at, origin)
  VALUES (1, 3, ifnull(CAST(OLD."id" AS TEXT), ''), NULL,
    0,
    CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER) * 1000,
    ifnull((SELECT origin FROM syncline_mark), 0));
END;

CREATE TRIGGER "syncline_2_insert" AFTER INSERT ON "zoo_compositepk"
BEGIN
  INSERT INTO syncline_journal (table_id, operation, pk, old_pk, mask, at, origin)
  VALUES (2, 1, length(ifnull(CAST(NEW."text_pk_id" AS TEXT), '')) || ':' || ifnull(CAST(NEW."text_pk_id" AS TEXT), '') || length(ifnull(CAST(NEW."position" AS TEXT), '')) || ':' || ifnull(CAST(NEW."position" AS TEXT), ''), NULL,
    0,
    CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER) * 1000,
    ifnull((SELECT origin FROM syncline_mark), 0));
END;

CREATE TRIGGER "syncline_2_update" AFTER UPDATE ON "zoo_compositepk"
WHEN OLD."text_pk_id" IS NOT NEW."text_pk_id" COLLATE BINARY OR OLD."position" IS NOT NEW."position" COLLATE BINARY
  OR OLD."name" IS NOT NEW."name" COLLATE BINARY
BEGIN
  INSERT INTO syncline_journal (table_id, operation, pk, old_pk, mask, at, origin)
  VALUES (2, 2, length(ifnull(CAST(NEW."text_pk_id" AS TEXT), '')) || ':' || ifnull(CAST(NEW."text_pk_id" AS TEXT), '') || length(ifnull(CAST(NEW."position" AS TEXT), '')) || ':' || ifnull(CAST(NEW."position" AS TEXT), ''), CASE WHEN OLD."text_pk_id" IS NOT NEW."text_pk_id" COLLATE BINARY OR OLD."position" IS NOT NEW."position" COLLATE BINARY THEN length(ifnull(CAST(OLD."text_pk_id" AS TEXT), '')) || ':' || ifnull(CAST(OLD."text_pk_id" AS TEXT), '') || length(ifnull(CAST(OLD."position" AS TEXT), '')) || ':' || ifnull(CAST(OLD."position" AS TEXT), '') END,
    CASE WHEN OLD."position" IS NOT NEW."position" COLLATE BINARY THEN 1 ELSE 0 END
    + CASE WHEN OLD."name" IS NOT NEW."name" COLLATE BINARY THEN 2 ELSE 0 END
    + CASE WHEN OLD."text_pk_id" IS NOT NEW."text_pk_id" COLLATE BINARY THEN 4 ELSE 0 END,
    CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER) * 1000,
    ifnull((SELECT origin FROM syncline_mark), 0));
END;

CREATE TRIGGER "syncline_2_delete" AFTER DELETE ON "zoo_compositepk"
BEGIN
  INSERT INTO syncline_journal (table_id, operation, pk, old_pk, mask, at, origin)
  VALUES (2, 3, length(ifnull(CAST(OLD."text_pk_id" AS TEXT), '')) || ':' || ifnull(CAST(OLD."text_pk_id" AS TEXT), '') || length(ifnull(CAST(OLD."position" AS TEXT), '')) || ':' || ifnull(CAST(OLD."position" AS TEXT), ''), NULL,
    0,
    CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER) * 1000,
    ifnull((SELECT origin FROM syncline_mark), 0));
END;

CREATE TRIGGER "syncline_3_insert" AFTER INSERT ON "awkward_account"
BEGIN
  INSERT INTO syncline_journal (table_id, operation, pk, old_pk, mask, at, origin)
  VALUES (3, 1, ifnull(CAST(NEW."id" AS TEXT), ''), NULL,
    0,
    CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER) * 1000,
    ifnull((SELECT origin FROM syncline_mark), 0));
END;

CREATE TRIGGER "syncline_3_update" AFTER UPDATE ON "awkward_account"
WHEN OLD."id" IS NOT NEW."id" COLLATE BINARY
  OR OLD."login" IS NOT NEW."login" COLLATE BINARY
  OR OLD."balance" IS NOT NEW."balance" COLLATE BINARY
BEGIN
  INSERT INTO syncline_journal (table_id, operation, pk, old_pk, mask, at, origin)
  VALUES (3, 2, ifnull(CAST(NEW."id" AS TEXT), ''), CASE WHEN OLD."id" IS NOT NEW."id" COLLATE BINARY THEN ifnull(CAST(OLD."id" AS TEXT), '') END,
    CASE WHEN OLD."id" IS NOT NEW."id" COLLATE BINARY THEN 1 ELSE 0 END
    + CASE WHEN OLD."login" IS NOT NEW."login" COLLATE BINARY THEN 2 ELSE 0 END
    + CASE WHEN OLD."balance" IS NOT NEW."balance" COLLATE BINARY THEN 4 ELSE 0 END,
    CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER) * 1000,
    ifnull((SELECT origin FROM syncline_mark), 0));
END;

CREATE TRIGGER "syncline_3_delete" AFTER DELETE ON "awkward_account"
BEGIN
  INSERT INTO syncline_journal (table_id, operation, pk, old_pk, mask, at, origin)
  VALUES (3, 3, ifnull(CAST(OLD."id" AS TEXT), ''), NULL,
    0,
    CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER) * 1000,
    ifnull((SELECT origin FROM syncline_mark), 0));
END;

CREATE TRIGGER "syncline_3_evict_insert" BEFORE INSERT ON "awkward_account"
BEGIN
  INSERT INTO syncline_journal (table_id, operation, pk, old_pk, mask, at, origin)
  SELECT 3, 3, ifnull(CAST("id" AS TEXT), ''), NULL,
    0,
    CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER) * 1000,
    ifnull((SELECT origin FROM syncline_mark), 0) FROM "awkward_account" WHERE "login" = NEW."login";
END;

CREATE TRIGGER "syncline_3_evict_update" BEFORE UPDATE OF "login" ON "awkward_account"
BEGIN
  INSERT INTO syncline_journal (table_id, operation, pk, old_pk, mask, at, origin)
  SELECT 3, 3, ifnull(CAST("id" AS TEXT), ''), NULL,
    0,
    CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER) * 1000,
    ifnull((SELECT origin FROM syncline_mark), 0) FROM "awkward_account" WHERE "login" = NEW."login" AND NOT ("id" = OLD."id");
END;

