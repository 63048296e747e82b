DROP INDEX letter_login;
CREATE INDEX letter_claimed_by ON letter (claimed_by, state);
CREATE INDEX letter_kind ON letter (state, kind, next_attempt_at);
