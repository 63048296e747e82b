-- Two-key acts. `open_key` is unique while a proposal waits and null after it; `content` is JSON text.
CREATE TABLE proposal (
    id TEXT NOT NULL PRIMARY KEY,
    partnership_id TEXT NOT NULL REFERENCES partnership (id),
    act TEXT NOT NULL,
    subject TEXT NOT NULL,
    content TEXT NOT NULL,
    state TEXT NOT NULL,
    open_key TEXT UNIQUE,
    proposed_by TEXT NOT NULL,
    proposed_side TEXT REFERENCES side (id),
    reason TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    decided_at TIMESTAMP
);
CREATE INDEX proposal_partnership ON proposal (partnership_id, state);
CREATE INDEX proposal_due ON proposal (state, expires_at);

-- One answer per side. The side that proposes has said yes by that and has no row here.
CREATE TABLE proposal_answer (
    proposal_id TEXT NOT NULL REFERENCES proposal (id),
    side_id TEXT NOT NULL REFERENCES side (id),
    answer TEXT NOT NULL,
    actor TEXT NOT NULL,
    reason TEXT NOT NULL,
    answered_at TIMESTAMP NOT NULL,
    PRIMARY KEY (proposal_id, side_id)
);
