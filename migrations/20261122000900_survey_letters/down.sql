ALTER TABLE member DROP COLUMN declined_at;
ALTER TABLE member DROP COLUMN letters;
