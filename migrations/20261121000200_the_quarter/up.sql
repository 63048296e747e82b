-- From the rule to the frozen result. `content`, `rule`, `answers`, `published` and `basis` are JSON text.
CREATE TABLE instrument (
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    title TEXT NOT NULL,
    content TEXT NOT NULL,
    digest TEXT NOT NULL,
    published_at TIMESTAMP NOT NULL,
    PRIMARY KEY (id, version)
);

CREATE TABLE cadence (
    id TEXT NOT NULL PRIMARY KEY,
    partnership_id TEXT NOT NULL REFERENCES partnership (id),
    instrument_id TEXT NOT NULL,
    rule TEXT NOT NULL,
    mode TEXT NOT NULL,
    floor_k INTEGER NOT NULL,
    active BOOLEAN NOT NULL,
    next_opens_at TIMESTAMP,
    created_at TIMESTAMP NOT NULL,
    UNIQUE (partnership_id, instrument_id)
);
CREATE INDEX cadence_due ON cadence (active, next_opens_at);

CREATE TABLE cycle (
    id TEXT NOT NULL PRIMARY KEY,
    partnership_id TEXT NOT NULL REFERENCES partnership (id),
    instrument_id TEXT NOT NULL,
    instrument_version INTEGER NOT NULL,
    period TEXT NOT NULL,
    origin TEXT NOT NULL,
    mode TEXT NOT NULL,
    floor_k INTEGER NOT NULL,
    opens_at TIMESTAMP NOT NULL,
    closes_at TIMESTAMP NOT NULL,
    state TEXT NOT NULL,
    reason TEXT,
    closed_at TIMESTAMP,
    rebaseline BOOLEAN NOT NULL DEFAULT FALSE,
    created_at TIMESTAMP NOT NULL,
    UNIQUE (partnership_id, instrument_id, period),
    FOREIGN KEY (instrument_id, instrument_version) REFERENCES instrument (id, version)
);
CREATE INDEX cycle_due ON cycle (state, closes_at);

CREATE TABLE invitation (
    id TEXT NOT NULL PRIMARY KEY,
    cycle_id TEXT NOT NULL REFERENCES cycle (id),
    member_id TEXT NOT NULL REFERENCES member (id),
    person_id TEXT NOT NULL REFERENCES person (id),
    side_id TEXT NOT NULL REFERENCES side (id),
    salt TEXT,
    token_hash TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    UNIQUE (cycle_id, member_id)
);

-- One row holds all answers of one member in one cycle. `answer_key` is the invitation's id; it is the primary key together
-- with the cycle, so that a link can never answer twice.
CREATE TABLE response (
    cycle_id TEXT NOT NULL REFERENCES cycle (id),
    answer_key TEXT NOT NULL,
    side_id TEXT NOT NULL REFERENCES side (id),
    member_id TEXT REFERENCES member (id),
    answers TEXT NOT NULL,
    answered INTEGER NOT NULL,
    comment TEXT,
    saved_at TIMESTAMP,
    PRIMARY KEY (cycle_id, answer_key)
);

-- `published` is what every reader sees. `basis` is what the next close compares with: the last published rating of each
-- subject, and where the segments of the drift test begin; it is told from published scorecards alone.
CREATE TABLE scorecard (
    cycle_id TEXT NOT NULL PRIMARY KEY REFERENCES cycle (id),
    partnership_id TEXT NOT NULL REFERENCES partnership (id),
    instrument_id TEXT NOT NULL,
    instrument_version INTEGER NOT NULL,
    period TEXT NOT NULL,
    closed_at TIMESTAMP NOT NULL,
    published TEXT NOT NULL,
    basis TEXT NOT NULL
);
CREATE INDEX scorecard_history ON scorecard (partnership_id, instrument_id, closed_at);

-- One row per episode. `open_key` is unique while the episode lasts and null after it.
CREATE TABLE flag (
    id TEXT NOT NULL PRIMARY KEY,
    partnership_id TEXT NOT NULL REFERENCES partnership (id),
    instrument_id TEXT NOT NULL,
    subject TEXT NOT NULL,
    reasons TEXT NOT NULL,
    severity TEXT NOT NULL,
    state TEXT NOT NULL,
    open_key TEXT UNIQUE,
    raised_cycle_id TEXT NOT NULL REFERENCES cycle (id),
    raised_at TIMESTAMP NOT NULL,
    last_cycle_id TEXT NOT NULL REFERENCES cycle (id),
    unmeasured BOOLEAN NOT NULL DEFAULT FALSE,
    cleared_at TIMESTAMP
);
CREATE INDEX flag_partnership ON flag (partnership_id, state);
