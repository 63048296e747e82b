-- Whether a round asks for comments: said by the cadence, frozen in the cycle when it opens. Without them is the tighter way.
ALTER TABLE cadence ADD COLUMN comments BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE cycle ADD COLUMN comments BOOLEAN NOT NULL DEFAULT TRUE;
