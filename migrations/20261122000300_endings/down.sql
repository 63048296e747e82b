ALTER TABLE partnership DROP COLUMN shelved_at;
ALTER TABLE partnership DROP COLUMN ended_at;
