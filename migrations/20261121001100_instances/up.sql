-- A process that serves this database: what it last said of itself, so that others can tell whether it lives.
CREATE TABLE instance (
    id TEXT NOT NULL PRIMARY KEY,
    place TEXT NOT NULL,
    version TEXT NOT NULL,
    started_at TIMESTAMP NOT NULL,
    seen_at TIMESTAMP NOT NULL,
    tick_at TIMESTAMP,
    pass_at TIMESTAMP,
    stuck INTEGER NOT NULL DEFAULT 0,
    relay TEXT
);
CREATE INDEX letter_claimed_by ON letter (claimed_by, state);
