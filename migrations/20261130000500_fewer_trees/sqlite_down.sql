CREATE TABLE response_by_row (
    cycle_id TEXT NOT NULL REFERENCES cycle (id),
    answer_key TEXT NOT NULL,
    side_id TEXT NOT NULL REFERENCES side (id),
    member_id TEXT REFERENCES member (id),
    answers TEXT NOT NULL,
    answered INTEGER NOT NULL,
    comment TEXT,
    saved_at TIMESTAMP,
    pseudonym_id TEXT REFERENCES pseudonym (id),
    PRIMARY KEY (cycle_id, answer_key)
);
INSERT INTO response_by_row
    (cycle_id, answer_key, side_id, member_id, answers, answered, comment, saved_at, pseudonym_id)
SELECT cycle_id, answer_key, side_id, member_id, answers, answered, comment, saved_at, pseudonym_id
FROM response ORDER BY cycle_id, answer_key;
DROP TABLE response;
ALTER TABLE response_by_row RENAME TO response;

CREATE TABLE ballot_by_row (
    cycle_id TEXT NOT NULL REFERENCES cycle (id),
    answer_key TEXT NOT NULL,
    side_id TEXT NOT NULL REFERENCES side (id),
    answers TEXT NOT NULL,
    answered INTEGER NOT NULL,
    comment TEXT,
    PRIMARY KEY (cycle_id, answer_key)
);
INSERT INTO ballot_by_row (cycle_id, answer_key, side_id, answers, answered, comment)
SELECT cycle_id, answer_key, side_id, answers, answered, comment FROM ballot ORDER BY answer_key;
DROP TABLE ballot;
ALTER TABLE ballot_by_row RENAME TO ballot;
