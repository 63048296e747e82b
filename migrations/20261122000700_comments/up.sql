-- Answers to the closing question as they were frozen at the close: with the member in named mode only, otherwise shuffled,
-- masked and without anything that tells who wrote them.
CREATE TABLE remark (
    id TEXT NOT NULL PRIMARY KEY,
    cycle_id TEXT NOT NULL REFERENCES cycle (id),
    side_id TEXT NOT NULL REFERENCES side (id),
    member_id TEXT REFERENCES member (id),
    text TEXT NOT NULL
);
CREATE INDEX remark_cycle ON remark (cycle_id);
