-- A picture that stands in a letter (PNG as base64), gone once the letter is; and whether a leader wants the monthly digest.
ALTER TABLE letter ADD COLUMN picture TEXT;
ALTER TABLE person ADD COLUMN digest BOOLEAN NOT NULL DEFAULT TRUE;
