-- When a flag first had a valid answer; it stays, whatever becomes of the answer.
ALTER TABLE flag ADD COLUMN answered_at TIMESTAMP;
