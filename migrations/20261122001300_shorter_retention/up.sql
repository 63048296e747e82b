-- How many months the comments of a check are kept, and the answers of an anonymous one, where the sides want it shorter than the
-- instance: said by the cadence, frozen in the cycle when it opens. Shorter is the tighter way.
ALTER TABLE cadence ADD COLUMN keep_months INTEGER;
ALTER TABLE cycle ADD COLUMN keep_months INTEGER;
