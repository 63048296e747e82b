-- Answers of anonymous mode while their cycle takes them. `answer_key` is derived from the link's secret, which the database
-- does not hold; nothing here names a member, a person or an instant. At the close the rows move to `response` under random
-- keys, and the whole table is written anew, so that nothing of a closed cycle is left in it.
CREATE TABLE ballot (
    cycle_id TEXT NOT NULL REFERENCES cycle (id),
    answer_key TEXT NOT NULL,
    side_id TEXT NOT NULL REFERENCES side (id),
    answers TEXT NOT NULL,
    answered INTEGER NOT NULL,
    comment TEXT,
    PRIMARY KEY (cycle_id, answer_key)
);

-- Cycles that have ended and of which `ballot`, or the log of the database, may still hold traces.
CREATE TABLE ballot_trace (
    cycle_id TEXT NOT NULL PRIMARY KEY REFERENCES cycle (id)
);
