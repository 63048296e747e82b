-- Which survey letters a respondent wants from a partnership, and when they said that somebody else should be asked.
ALTER TABLE member ADD COLUMN letters TEXT NOT NULL DEFAULT 'all';
ALTER TABLE member ADD COLUMN declined_at TIMESTAMP;
