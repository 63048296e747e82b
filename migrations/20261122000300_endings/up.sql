-- When a partnership ended, and since when its results are not readable any more. What had ended before this was kept counts
-- from the day on which the database learned to count.
ALTER TABLE partnership ADD COLUMN ended_at TIMESTAMP;
ALTER TABLE partnership ADD COLUMN shelved_at TIMESTAMP;
UPDATE partnership SET ended_at = CURRENT_TIMESTAMP WHERE state = 'ended';
