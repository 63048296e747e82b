ALTER TABLE cycle DROP COLUMN comments;
ALTER TABLE cadence DROP COLUMN comments;
