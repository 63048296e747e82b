-- Past reviews from files. A respondent of the past who is no member is known by a label, and only here: never a person.
CREATE TABLE pseudonym (
    id TEXT NOT NULL PRIMARY KEY,
    partnership_id TEXT NOT NULL REFERENCES partnership (id),
    label TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    UNIQUE (partnership_id, label)
);

-- Who answered is a member, a pseudonym, or (anonymous) neither.
ALTER TABLE response ADD COLUMN pseudonym_id TEXT REFERENCES pseudonym (id);

-- What an imported cycle was made of, so that the same file again is recognised.
ALTER TABLE cycle ADD COLUMN content_digest TEXT;

-- Representative mode publishes rounded figures; these are the same ones unrounded, for the operator's export.
ALTER TABLE scorecard ADD COLUMN exact TEXT;

-- Where debt counts from when it is not the raising: a flag of an imported cycle counts from the import.
ALTER TABLE flag ADD COLUMN debt_from TIMESTAMP;

-- Documents name partnerships.
CREATE INDEX partnership_name ON partnership (name);
