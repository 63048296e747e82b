ALTER TABLE flag DROP COLUMN answered_at;
