-- Links that a side hands out itself. The link that its manager is shown is derived from handed_salt. Whoever begins with it gets a
-- link of their own, derived from salt as every other, and the first one opens nothing more.
ALTER TABLE invitation ADD COLUMN handed_salt TEXT;
ALTER TABLE invitation ADD COLUMN handed_hash TEXT;
ALTER TABLE invitation ADD COLUMN begun BOOLEAN NOT NULL DEFAULT FALSE;
CREATE UNIQUE INDEX invitation_handed_hash ON invitation (handed_hash);

-- Links in whose place others were issued: they open nothing and say when that was.
CREATE TABLE former_link (
    token_hash TEXT NOT NULL PRIMARY KEY,
    invitation_id TEXT NOT NULL REFERENCES invitation (id),
    replaced_at TIMESTAMP NOT NULL
);
CREATE INDEX former_link_invitation ON former_link (invitation_id);
