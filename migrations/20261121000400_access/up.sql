-- Sign-in. Only hashes of secrets are stored; these rows live on the real clock, also in the demo.
CREATE TABLE login_request (
    id TEXT NOT NULL PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES person (id),
    salt TEXT,
    token_hash TEXT NOT NULL UNIQUE,
    code_hash TEXT NOT NULL,
    nonce_hash TEXT NOT NULL,
    code_tries INTEGER NOT NULL DEFAULT 0,
    expires_at TIMESTAMP NOT NULL,
    used_at TIMESTAMP,
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX login_request_person ON login_request (person_id, created_at);

CREATE TABLE session (
    id TEXT NOT NULL PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES person (id),
    token_hash TEXT NOT NULL UNIQUE,
    device TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    seen_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL
);
CREATE INDEX session_person ON session (person_id);

CREATE TABLE audit (
    id TEXT NOT NULL PRIMARY KEY,
    at TIMESTAMP NOT NULL,
    actor TEXT NOT NULL,
    act TEXT NOT NULL,
    object TEXT NOT NULL,
    request_id TEXT
);
CREATE INDEX audit_at ON audit (at);
