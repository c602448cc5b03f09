CREATE OR REPLACE TRIGGER `syncline_1_insert` AFTER INSERT ON `child` FOR EACH ROW
INSERT INTO syncline_journal (table_id, operation, pk, old_pk, mask, at, origin)
VALUES (1, 1, CAST(NEW.`id` AS CHAR), NULL, 0, TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6)), COALESCE(@syncline_origin, 0));

CREATE OR REPLACE TRIGGER `syncline_1_update` AFTER UPDATE ON `child` FOR EACH ROW
BEGIN
  DECLARE syncline_mask BIGINT DEFAULT ((NOT (OLD.`id` <=> NEW.`id`)) << 0)
    | ((NOT (OLD.`parent_id` <=> NEW.`parent_id`)) << 1)
    | ((NOT (BINARY OLD.`word` <=> BINARY NEW.`word`)) << 2);
  IF syncline_mask <> 0 OR NOT (OLD.`id` <=> NEW.`id`) THEN
    INSERT INTO syncline_journal (table_id, operation, pk, old_pk, mask, at, origin)
    VALUES (1, 2, CAST(NEW.`id` AS CHAR), IF(NOT (OLD.`id` <=> NEW.`id`), CAST(OLD.`id` AS CHAR), NULL), syncline_mask, TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6)), COALESCE(@syncline_origin, 0));
  END IF;
END;

CREATE OR REPLACE TRIGGER `syncline_1_delete` AFTER DELETE ON `child` FOR EACH ROW
INSERT INTO syncline_journal (table_id, operation, pk, old_pk, mask, at, origin)
VALUES (1, 3, CAST(OLD.`id` AS CHAR), NULL, 0, TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6)), COALESCE(@syncline_origin, 0));

CREATE OR REPLACE TRIGGER `syncline_1_f0a2b9a619_delete` BEFORE DELETE ON `parent` FOR EACH ROW
BEGIN
  IF @@foreign_key_checks THEN
INSERT INTO syncline_journal (table_id, operation, pk, old_pk, mask, at, origin)
  SELECT 1, 3, CAST(t1.`id` AS CHAR), NULL, 0, TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6)), COALESCE(@syncline_origin, 0)
  FROM `child` t1 WHERE t1.`parent_id` = OLD.`id`;
  END IF;
END;

CREATE OR REPLACE TRIGGER `syncline_2_insert` AFTER INSERT ON `zoo_compositepk` FOR EACH ROW
INSERT INTO syncline_journal (table_id, operation, pk, old_pk, mask, at, origin)
VALUES (2, 1, CONCAT(CHAR_LENGTH(NEW.`text_pk_id`), ':', NEW.`text_pk_id`, CHAR_LENGTH(CAST(NEW.`position` AS CHAR)), ':', CAST(NEW.`position` AS CHAR)), NULL, 0, TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6)), COALESCE(@syncline_origin, 0));

CREATE OR REPLACE TRIGGER `syncline_2_update` AFTER UPDATE ON `zoo_compositepk` FOR EACH ROW
BEGIN
  DECLARE syncline_mask BIGINT DEFAULT ((NOT (OLD.`position` <=> NEW.`position`)) << 0)
    | ((NOT (BINARY OLD.`name` <=> BINARY NEW.`name`)) << 1)
    | ((NOT (BINARY OLD.`text_pk_id` <=> BINARY NEW.`text_pk_id`)) << 2);
  IF syncline_mask <> 0 OR NOT (BINARY OLD.`text_pk_id` <=> BINARY NEW.`text_pk_id`) OR NOT (OLD.`position` <=> NEW.`position`) THEN
    INSERT INTO syncline_journal (table_id, operation, pk, old_pk, mask, at, origin)
    VALUES (2, 2, CONCAT(CHAR_LENGTH(NEW.`text_pk_id`), ':', NEW.`text_pk_id`, CHAR_LENGTH(CAST(NEW.`position` AS CHAR)), ':', CAST(NEW.`position` AS CHAR)), IF(NOT (BINARY OLD.`text_pk_id` <=> BINARY NEW.`text_pk_id`) OR NOT (OLD.`position` <=> NEW.`position`), CONCAT(CHAR_LENGTH(OLD.`text_pk_id`), ':', OLD.`text_pk_id`, CHAR_LENGTH(CAST(OLD.`position` AS CHAR)), ':', CAST(OLD.`position` AS CHAR)), NULL), syncline_mask, TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6)), COALESCE(@syncline_origin, 0));
  END IF;
END;

CREATE OR REPLACE TRIGGER `syncline_2_delete` AFTER DELETE ON `zoo_compositepk` FOR EACH ROW
INSERT INTO syncline_journal (table_id, operation, pk, old_pk, mask, at, origin)
VALUES (2, 3, CONCAT(CHAR_LENGTH(OLD.`text_pk_id`), ':', OLD.`text_pk_id`, CHAR_LENGTH(CAST(OLD.`position` AS CHAR)), ':', CAST(OLD.`position` AS CHAR)), NULL, 0, TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6)), COALESCE(@syncline_origin, 0));

CREATE OR REPLACE TRIGGER `syncline_3_insert` AFTER INSERT ON `awkward_account` FOR EACH ROW
INSERT INTO syncline_journal (table_id, operation, pk, old_pk, mask, at, origin)
VALUES (3, 1, CAST(NEW.`id` AS CHAR), NULL, 0, TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6)), COALESCE(@syncline_origin, 0));

CREATE OR REPLACE TRIGGER `syncline_3_update` AFTER UPDATE ON `awkward_account` FOR EACH ROW
BEGIN
  DECLARE syncline_mask BIGINT DEFAULT ((NOT (OLD.`id` <=> NEW.`id`)) << 0)
    | ((NOT (BINARY OLD.`login` <=> BINARY NEW.`login`)) << 1)
    | ((NOT (OLD.`balance` <=> NEW.`balance`)) << 2);
  IF syncline_mask <> 0 OR NOT (OLD.`id` <=> NEW.`id`) THEN
    INSERT INTO syncline_journal (table_id, operation, pk, old_pk, mask, at, origin)
    VALUES (3, 2, CAST(NEW.`id` AS CHAR), IF(NOT (OLD.`id` <=> NEW.`id`), CAST(OLD.`id` AS CHAR), NULL), syncline_mask, TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6)), COALESCE(@syncline_origin, 0));
  END IF;
END;

CREATE OR REPLACE TRIGGER `syncline_3_delete` AFTER DELETE ON `awkward_account` FOR EACH ROW
INSERT INTO syncline_journal (table_id, operation, pk, old_pk, mask, at, origin)
VALUES (3, 3, CAST(OLD.`id` AS CHAR), NULL, 0, TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6)), COALESCE(@syncline_origin, 0));

