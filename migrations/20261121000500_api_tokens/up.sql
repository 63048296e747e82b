-- Access for programs. Only the digest of a token is stored; these rows live on the real clock, also in the demo.
CREATE TABLE api_token (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    token_hash TEXT NOT NULL UNIQUE,
    scopes TEXT NOT NULL,
    bound_to TEXT NOT NULL,
    bound_id TEXT,
    created_by TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    last_used_at TIMESTAMP,
    revoked_at TIMESTAMP
);

-- What a creating call with an Idempotency-Key made, so that the same call again gives the same answer.
CREATE TABLE idempotency (
    key_hash TEXT NOT NULL PRIMARY KEY,
    request_digest TEXT NOT NULL,
    made TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX idempotency_created ON idempotency (created_at);
