-- What is left of the answers of an anonymous cycle when their retention ends: per side how many responses there were, and
-- for each subject the number of answers, their sum and the sum of their squares (JSON).
CREATE TABLE answer_sum (
    cycle_id TEXT NOT NULL REFERENCES cycle (id),
    side_id TEXT NOT NULL REFERENCES side (id),
    answered INTEGER NOT NULL,
    sums TEXT NOT NULL,
    PRIMARY KEY (cycle_id, side_id)
);

-- Set when a person was erased: name and address are gone, the row stays for those that refer to it.
ALTER TABLE person ADD COLUMN erased_at TIMESTAMP;
