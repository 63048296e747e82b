-- A number for each partnership that changes with whatever the portfolio shows of it: what was made of it once stays right as
-- long as the number stays. The databases change it themselves, by triggers, so that no write can forget it; those are said
-- in each database's own words, beside this file.
CREATE TABLE revision (
    partnership_id TEXT NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);

INSERT INTO revision (partnership_id, value) SELECT id, 0 FROM partnership;
