CREATE OR REPLACE FUNCTION "public"."syncline_1_insert"() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off
AS $syncline$
DECLARE
  syncline_at bigint := (extract(epoch FROM clock_timestamp()) * 1000000)::bigint;
  syncline_origin smallint := coalesce(nullif(current_setting('syncline.origin', true), ''), '0')::smallint;
BEGIN
  INSERT INTO "public".syncline_journal (table_id, operation, pk, old_pk, mask, at, origin)
  SELECT 1, 1, (n."id"::text)::varchar(700), NULL, 0, syncline_at, syncline_origin
  FROM syncline_new n;
  RETURN NULL;
END
$syncline$;

REVOKE ALL ON FUNCTION "public"."syncline_1_insert"() FROM PUBLIC;

CREATE TRIGGER "syncline_1_insert" AFTER INSERT ON "child"
REFERENCING NEW TABLE AS syncline_new FOR EACH STATEMENT EXECUTE FUNCTION "public"."syncline_1_insert"();

CREATE OR REPLACE FUNCTION "public"."syncline_1_update"() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off
AS $syncline$
DECLARE
  syncline_at bigint := (extract(epoch FROM clock_timestamp()) * 1000000)::bigint;
  syncline_origin smallint := coalesce(nullif(current_setting('syncline.origin', true), ''), '0')::smallint;
BEGIN
  INSERT INTO "public".syncline_journal (table_id, operation, pk, old_pk, mask, at, origin)
  SELECT 1, 2, (changed.pk)::varchar(700), NULL, changed.mask, syncline_at, syncline_origin
  FROM (SELECT n."id"::text AS pk,
    0::bigint
    + CASE WHEN o."parent_id" IS DISTINCT FROM n."parent_id" THEN 2 ELSE 0 END
    + CASE WHEN o."word" COLLATE "C" IS DISTINCT FROM n."word" COLLATE "C" THEN 4 ELSE 0 END AS mask
    FROM syncline_new n JOIN syncline_old o ON n."id" = o."id" OFFSET 0) changed WHERE changed.mask <> 0;
  RETURN NULL;
END
$syncline$;

REVOKE ALL ON FUNCTION "public"."syncline_1_update"() FROM PUBLIC;

CREATE TRIGGER "syncline_1_update" AFTER UPDATE ON "child"
REFERENCING OLD TABLE AS syncline_old NEW TABLE AS syncline_new FOR EACH STATEMENT EXECUTE FUNCTION "public"."syncline_1_update"();

CREATE OR REPLACE FUNCTION "public"."syncline_1_moved"() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off
AS $syncline$
DECLARE
  syncline_at bigint := (extract(epoch FROM clock_timestamp()) * 1000000)::bigint;
  syncline_origin smallint := coalesce(nullif(current_setting('syncline.origin', true), ''), '0')::smallint;
BEGIN
  INSERT INTO "public".syncline_journal (table_id, operation, pk, old_pk, mask, at, origin)
  SELECT 1, 2, (NEW."id"::text)::varchar(700), (OLD."id"::text)::varchar(700), 0::bigint
    + CASE WHEN OLD."id" IS DISTINCT FROM NEW."id" THEN 1 ELSE 0 END
    + CASE WHEN OLD."parent_id" IS DISTINCT FROM NEW."parent_id" THEN 2 ELSE 0 END
    + CASE WHEN OLD."word" COLLATE "C" IS DISTINCT FROM NEW."word" COLLATE "C" THEN 4 ELSE 0 END, syncline_at, syncline_origin
  ;
  RETURN NULL;
END
$syncline$;

REVOKE ALL ON FUNCTION "public"."syncline_1_moved"() FROM PUBLIC;

CREATE TRIGGER "syncline_1_moved" AFTER UPDATE ON "child"
FOR EACH ROW WHEN (OLD."id" IS DISTINCT FROM NEW."id") EXECUTE FUNCTION "public"."syncline_1_moved"();

CREATE OR REPLACE FUNCTION "public"."syncline_1_delete"() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off
AS $syncline$
DECLARE
  syncline_at bigint := (extract(epoch FROM clock_timestamp()) * 1000000)::bigint;
  syncline_origin smallint := coalesce(nullif(current_setting('syncline.origin', true), ''), '0')::smallint;
BEGIN
  INSERT INTO "public".syncline_journal (table_id, operation, pk, old_pk, mask, at, origin)
  SELECT 1, 3, (o."id"::text)::varchar(700), NULL, 0, syncline_at, syncline_origin
  FROM syncline_old o;
  RETURN NULL;
END
$syncline$;

REVOKE ALL ON FUNCTION "public"."syncline_1_delete"() FROM PUBLIC;

CREATE TRIGGER "syncline_1_delete" AFTER DELETE ON "child"
REFERENCING OLD TABLE AS syncline_old FOR EACH STATEMENT EXECUTE FUNCTION "public"."syncline_1_delete"();

CREATE OR REPLACE FUNCTION "public"."syncline_1_truncate"() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off
AS $syncline$
DECLARE
  syncline_at bigint := (extract(epoch FROM clock_timestamp()) * 1000000)::bigint;
  syncline_origin smallint := coalesce(nullif(current_setting('syncline.origin', true), ''), '0')::smallint;
BEGIN
  INSERT INTO "public".syncline_journal (table_id, operation, pk, old_pk, mask, at, origin)
  SELECT 1, 4, ('')::varchar(700), NULL, 0, syncline_at, syncline_origin
  ;
  RETURN NULL;
END
$syncline$;

REVOKE ALL ON FUNCTION "public"."syncline_1_truncate"() FROM PUBLIC;

CREATE TRIGGER "syncline_1_truncate" AFTER TRUNCATE ON "child"
FOR EACH STATEMENT EXECUTE FUNCTION "public"."syncline_1_truncate"();

CREATE OR REPLACE FUNCTION "public"."syncline_2_insert"() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off
AS $syncline$
DECLARE
  syncline_at bigint := (extract(epoch FROM clock_timestamp()) * 1000000)::bigint;
  syncline_origin smallint := coalesce(nullif(current_setting('syncline.origin', true), ''), '0')::smallint;
BEGIN
  INSERT INTO "public".syncline_journal (table_id, operation, pk, old_pk, mask, at, origin)
  SELECT 2, 1, (length(n."text_pk_id"::text) || ':' || n."text_pk_id"::text || length(n."position"::text) || ':' || n."position"::text)::varchar(700), NULL, 0, syncline_at, syncline_origin
  FROM syncline_new n;
  RETURN NULL;
END
$syncline$;

REVOKE ALL ON FUNCTION "public"."syncline_2_insert"() FROM PUBLIC;

CREATE TRIGGER "syncline_2_insert" AFTER INSERT ON "zoo_compositepk"
REFERENCING NEW TABLE AS syncline_new FOR EACH STATEMENT EXECUTE FUNCTION "public"."syncline_2_insert"();

CREATE OR REPLACE FUNCTION "public"."syncline_2_update"() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off
AS $syncline$
DECLARE
  syncline_at bigint := (extract(epoch FROM clock_timestamp()) * 1000000)::bigint;
  syncline_origin smallint := coalesce(nullif(current_setting('syncline.origin', true), ''), '0')::smallint;
BEGIN
  INSERT INTO "public".syncline_journal (table_id, operation, pk, old_pk, mask, at, origin)
  SELECT 2, 2, (changed.pk)::varchar(700), NULL, changed.mask, syncline_at, syncline_origin
  FROM (SELECT length(n."text_pk_id"::text) || ':' || n."text_pk_id"::text || length(n."position"::text) || ':' || n."position"::text AS pk,
    0::bigint
    + CASE WHEN o."name" COLLATE "C" IS DISTINCT FROM n."name" COLLATE "C" THEN 2 ELSE 0 END AS mask
    FROM syncline_new n JOIN syncline_old o ON n."text_pk_id" COLLATE "C" = o."text_pk_id" COLLATE "C" AND n."position" = o."position" OFFSET 0) changed WHERE changed.mask <> 0;
  RETURN NULL;
END
$syncline$;

REVOKE ALL ON FUNCTION "public"."syncline_2_update"() FROM PUBLIC;

CREATE TRIGGER "syncline_2_update" AFTER UPDATE ON "zoo_compositepk"
REFERENCING OLD TABLE AS syncline_old NEW TABLE AS syncline_new FOR EACH STATEMENT EXECUTE FUNCTION "public"."syncline_2_update"();

CREATE OR REPLACE FUNCTION "public"."syncline_2_moved"() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off
AS $syncline$
DECLARE
  syncline_at bigint := (extract(epoch FROM clock_timestamp()) * 1000000)::bigint;
  syncline_origin smallint := coalesce(nullif(current_setting('syncline.origin', true), ''), '0')::smallint;
BEGIN
  INSERT INTO "public".syncline_journal (table_id, operation, pk, old_pk, mask, at, origin)
  SELECT 2, 2, (length(NEW."text_pk_id"::text) || ':' || NEW."text_pk_id"::text || length(NEW."position"::text) || ':' || NEW."position"::text)::varchar(700), (length(OLD."text_pk_id"::text) || ':' || OLD."text_pk_id"::text || length(OLD."position"::text) || ':' || OLD."position"::text)::varchar(700), 0::bigint
    + CASE WHEN OLD."position" IS DISTINCT FROM NEW."position" THEN 1 ELSE 0 END
    + CASE WHEN OLD."name" COLLATE "C" IS DISTINCT FROM NEW."name" COLLATE "C" THEN 2 ELSE 0 END
    + CASE WHEN OLD."text_pk_id" COLLATE "C" IS DISTINCT FROM NEW."text_pk_id" COLLATE "C" THEN 4 ELSE 0 END, syncline_at, syncline_origin
  ;
  RETURN NULL;
END
$syncline$;

REVOKE ALL ON FUNCTION "public"."syncline_2_moved"() FROM PUBLIC;

CREATE TRIGGER "syncline_2_moved" AFTER UPDATE ON "zoo_compositepk"
FOR EACH ROW WHEN (OLD."text_pk_id" COLLATE "C" IS DISTINCT FROM NEW."text_pk_id" COLLATE "C" OR OLD."position" IS DISTINCT FROM NEW."position") EXECUTE FUNCTION "public"."syncline_2_moved"();

CREATE OR REPLACE FUNCTION "public"."syncline_2_delete"() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off
AS $syncline$
DECLARE
  syncline_at bigint := (extract(epoch FROM clock_timestamp()) * 1000000)::bigint;
  syncline_origin smallint := coalesce(nullif(current_setting('syncline.origin', true), ''), '0')::smallint;
BEGIN
  INSERT INTO "public".syncline_journal (table_id, operation, pk, old_pk, mask, at, origin)
  SELECT 2, 3, (length(o."text_pk_id"::text) || ':' || o."text_pk_id"::text || length(o."position"::text) || ':' || o."position"::text)::varchar(700), NULL, 0, syncline_at, syncline_origin
  FROM syncline_old o;
  RETURN NULL;
END
$syncline$;

REVOKE ALL ON FUNCTION "public"."syncline_2_delete"() FROM PUBLIC;

CREATE TRIGGER "syncline_2_delete" AFTER DELETE ON "zoo_compositepk"
REFERENCING OLD TABLE AS syncline_old FOR EACH STATEMENT EXECUTE FUNCTION "public"."syncline_2_delete"();

CREATE OR REPLACE FUNCTION "public"."syncline_2_truncate"() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off
AS $syncline$
DECLARE
  syncline_at bigint := (extract(epoch FROM clock_timestamp()) * 1000000)::bigint;
  syncline_origin smallint := coalesce(nullif(current_setting('syncline.origin', true), ''), '0')::smallint;
BEGIN
  INSERT INTO "public".syncline_journal (table_id, operation, pk, old_pk, mask, at, origin)
  SELECT 2, 4, ('')::varchar(700), NULL, 0, syncline_at, syncline_origin
  ;
  RETURN NULL;
END
$syncline$;

REVOKE ALL ON FUNCTION "public"."syncline_2_truncate"() FROM PUBLIC;

CREATE TRIGGER "syncline_2_truncate" AFTER TRUNCATE ON "zoo_compositepk"
FOR EACH STATEMENT EXECUTE FUNCTION "public"."syncline_2_truncate"();

CREATE OR REPLACE FUNCTION "public"."syncline_3_insert"() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off
AS $syncline$
DECLARE
  syncline_at bigint := (extract(epoch FROM clock_timestamp()) * 1000000)::bigint;
  syncline_origin smallint := coalesce(nullif(current_setting('syncline.origin', true), ''), '0')::smallint;
BEGIN
  INSERT INTO "public".syncline_journal (table_id, operation, pk, old_pk, mask, at, origin)
  SELECT 3, 1, (n."id"::text)::varchar(700), NULL, 0, syncline_at, syncline_origin
  FROM syncline_new n;
  RETURN NULL;
END
$syncline$;

REVOKE ALL ON FUNCTION "public"."syncline_3_insert"() FROM PUBLIC;

CREATE TRIGGER "syncline_3_insert" AFTER INSERT ON "awkward_account"
REFERENCING NEW TABLE AS syncline_new FOR EACH STATEMENT EXECUTE FUNCTION "public"."syncline_3_insert"();

CREATE OR REPLACE FUNCTION "public"."syncline_3_update"() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off
AS $syncline$
DECLARE
  syncline_at bigint := (extract(epoch FROM clock_timestamp()) * 1000000)::bigint;
  syncline_origin smallint := coalesce(nullif(current_setting('syncline.origin', true), ''), '0')::smallint;
BEGIN
  INSERT INTO "public".syncline_journal (table_id, operation, pk, old_pk, mask, at, origin)
  SELECT 3, 2, (changed.pk)::varchar(700), NULL, changed.mask, syncline_at, syncline_origin
  FROM (SELECT n."id"::text AS pk,
    0::bigint
    + CASE WHEN o."login" COLLATE "C" IS DISTINCT FROM n."login" COLLATE "C" THEN 2 ELSE 0 END
    + CASE WHEN ROW(o."balance")::record OPERATOR(pg_catalog.*<>) ROW(n."balance")::record THEN 4 ELSE 0 END AS mask
    FROM syncline_new n JOIN syncline_old o ON n."id" = o."id" OFFSET 0) changed WHERE changed.mask <> 0;
  RETURN NULL;
END
$syncline$;

REVOKE ALL ON FUNCTION "public"."syncline_3_update"() FROM PUBLIC;

CREATE TRIGGER "syncline_3_update" AFTER UPDATE ON "awkward_account"
REFERENCING OLD TABLE AS syncline_old NEW TABLE AS syncline_new FOR EACH STATEMENT EXECUTE FUNCTION "public"."syncline_3_update"();

CREATE OR REPLACE FUNCTION "public"."syncline_3_moved"() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off
AS $syncline$
DECLARE
  syncline_at bigint := (extract(epoch FROM clock_timestamp()) * 1000000)::bigint;
  syncline_origin smallint := coalesce(nullif(current_setting('syncline.origin', true), ''), '0')::smallint;
BEGIN
  INSERT INTO "public".syncline_journal (table_id, operation, pk, old_pk, mask, at, origin)
  SELECT 3, 2, (NEW."id"::text)::varchar(700), (OLD."id"::text)::varchar(700), 0::bigint
    + CASE WHEN OLD."id" IS DISTINCT FROM NEW."id" THEN 1 ELSE 0 END
    + CASE WHEN OLD."login" COLLATE "C" IS DISTINCT FROM NEW."login" COLLATE "C" THEN 2 ELSE 0 END
    + CASE WHEN ROW(OLD."balance")::record OPERATOR(pg_catalog.*<>) ROW(NEW."balance")::record THEN 4 ELSE 0 END, syncline_at, syncline_origin
  ;
  RETURN NULL;
END
$syncline$;

REVOKE ALL ON FUNCTION "public"."syncline_3_moved"() FROM PUBLIC;

CREATE TRIGGER "syncline_3_moved" AFTER UPDATE ON "awkward_account"
FOR EACH ROW WHEN (OLD."id" IS DISTINCT FROM NEW."id") EXECUTE FUNCTION "public"."syncline_3_moved"();

CREATE OR REPLACE FUNCTION "public"."syncline_3_delete"() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off
AS $syncline$
DECLARE
  syncline_at bigint := (extract(epoch FROM clock_timestamp()) * 1000000)::bigint;
  syncline_origin smallint := coalesce(nullif(current_setting('syncline.origin', true), ''), '0')::smallint;
BEGIN
  INSERT INTO "public".syncline_journal (table_id, operation, pk, old_pk, mask, at, origin)
  SELECT 3, 3, (o."id"::text)::varchar(700), NULL, 0, syncline_at, syncline_origin
  FROM syncline_old o;
  RETURN NULL;
END
$syncline$;

REVOKE ALL ON FUNCTION "public"."syncline_3_delete"() FROM PUBLIC;

CREATE TRIGGER "syncline_3_delete" AFTER DELETE ON "awkward_account"
REFERENCING OLD TABLE AS syncline_old FOR EACH STATEMENT EXECUTE FUNCTION "public"."syncline_3_delete"();

CREATE OR REPLACE FUNCTION "public"."syncline_3_truncate"() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off
AS $syncline$
DECLARE
  syncline_at bigint := (extract(epoch FROM clock_timestamp()) * 1000000)::bigint;
  syncline_origin smallint := coalesce(nullif(current_setting('syncline.origin', true), ''), '0')::smallint;
BEGIN
  INSERT INTO "public".syncline_journal (table_id, operation, pk, old_pk, mask, at, origin)
  SELECT 3, 4, ('')::varchar(700), NULL, 0, syncline_at, syncline_origin
  ;
  RETURN NULL;
END
$syncline$;

REVOKE ALL ON FUNCTION "public"."syncline_3_truncate"() FROM PUBLIC;

CREATE TRIGGER "syncline_3_truncate" AFTER TRUNCATE ON "awkward_account"
FOR EACH STATEMENT EXECUTE FUNCTION "public"."syncline_3_truncate"();

