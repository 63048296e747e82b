-- What answers flags: notes, actions and acceptances, each of which may answer several flags; and the review of a check with
-- the sides that have confirmed it. `author`, `created_by`, `signed_by` and `confirmed_by` name who acted as the audit log does.
CREATE TABLE discussion (
    id TEXT NOT NULL PRIMARY KEY,
    partnership_id TEXT NOT NULL REFERENCES partnership (id),
    cycle_id TEXT NOT NULL REFERENCES cycle (id),
    author TEXT NOT NULL,
    side_id TEXT REFERENCES side (id),
    text TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX discussion_partnership ON discussion (partnership_id);

CREATE TABLE discussion_flag (
    discussion_id TEXT NOT NULL REFERENCES discussion (id),
    flag_id TEXT NOT NULL REFERENCES flag (id),
    PRIMARY KEY (discussion_id, flag_id)
);
CREATE INDEX discussion_of_flag ON discussion_flag (flag_id);

CREATE TABLE action (
    id TEXT NOT NULL PRIMARY KEY,
    partnership_id TEXT NOT NULL REFERENCES partnership (id),
    cycle_id TEXT NOT NULL REFERENCES cycle (id),
    side_id TEXT NOT NULL REFERENCES side (id),
    owner_id TEXT REFERENCES person (id),
    text TEXT NOT NULL,
    due_on DATE NOT NULL,
    state TEXT NOT NULL,
    note TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    settled_at TIMESTAMP
);
CREATE INDEX action_partnership ON action (partnership_id, state);

CREATE TABLE action_flag (
    action_id TEXT NOT NULL REFERENCES action (id),
    flag_id TEXT NOT NULL REFERENCES flag (id),
    PRIMARY KEY (action_id, flag_id)
);
CREATE INDEX action_of_flag ON action_flag (flag_id);

CREATE TABLE acceptance (
    id TEXT NOT NULL PRIMARY KEY,
    partnership_id TEXT NOT NULL REFERENCES partnership (id),
    cycle_id TEXT NOT NULL REFERENCES cycle (id),
    reason TEXT NOT NULL,
    until_on DATE NOT NULL,
    created_by TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX acceptance_partnership ON acceptance (partnership_id);

CREATE TABLE acceptance_flag (
    acceptance_id TEXT NOT NULL REFERENCES acceptance (id),
    flag_id TEXT NOT NULL REFERENCES flag (id),
    PRIMARY KEY (acceptance_id, flag_id)
);
CREATE INDEX acceptance_of_flag ON acceptance_flag (flag_id);

CREATE TABLE acceptance_signature (
    acceptance_id TEXT NOT NULL REFERENCES acceptance (id),
    side_id TEXT NOT NULL REFERENCES side (id),
    signed_by TEXT NOT NULL,
    signed_at TIMESTAMP NOT NULL,
    PRIMARY KEY (acceptance_id, side_id)
);

-- One row per closed live cycle; past reviews that were imported have none.
CREATE TABLE review (
    cycle_id TEXT NOT NULL PRIMARY KEY REFERENCES cycle (id),
    due_on DATE NOT NULL,
    state TEXT NOT NULL,
    closed_at TIMESTAMP
);
CREATE INDEX review_state ON review (state);

CREATE TABLE review_confirmation (
    cycle_id TEXT NOT NULL REFERENCES review (cycle_id),
    side_id TEXT NOT NULL REFERENCES side (id),
    confirmed_by TEXT NOT NULL,
    confirmed_at TIMESTAMP NOT NULL,
    PRIMARY KEY (cycle_id, side_id)
);
