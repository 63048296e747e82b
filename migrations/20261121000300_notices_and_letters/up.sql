-- A notice is a fact that somebody must be told; a letter is a mail that carries one or more of them.
CREATE TABLE letter (
    id TEXT NOT NULL PRIMARY KEY,
    group_key TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    person_id TEXT REFERENCES person (id),
    to_name TEXT NOT NULL,
    to_address TEXT NOT NULL,
    from_name TEXT NOT NULL,
    reply_to TEXT,
    subject TEXT NOT NULL,
    body_text TEXT NOT NULL,
    body_html TEXT NOT NULL,
    message_id TEXT NOT NULL,
    boundary TEXT NOT NULL,
    dated_at TIMESTAMP NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    next_attempt_at TIMESTAMP NOT NULL,
    not_after TIMESTAMP NOT NULL,
    lease_until TIMESTAMP,
    claimed_by TEXT,
    fence INTEGER NOT NULL DEFAULT 0,
    ambiguous INTEGER NOT NULL DEFAULT 0,
    last_error TEXT,
    sent_at TIMESTAMP,
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX letter_due ON letter (state, next_attempt_at);

CREATE TABLE notice (
    id TEXT NOT NULL PRIMARY KEY,
    natural_key TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    person_id TEXT NOT NULL REFERENCES person (id),
    cycle_id TEXT REFERENCES cycle (id),
    reference TEXT NOT NULL,
    state TEXT NOT NULL,
    due_at TIMESTAMP NOT NULL,
    not_after TIMESTAMP NOT NULL,
    letter_id TEXT REFERENCES letter (id),
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX notice_due ON notice (state, due_at);
CREATE INDEX notice_cycle ON notice (cycle_id);
CREATE INDEX notice_letter ON notice (letter_id);
