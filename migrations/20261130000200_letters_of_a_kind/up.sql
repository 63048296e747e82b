-- Sign-in letters are asked for before all others, and mostly there is none: found by index, not by looking at every letter that
-- waits.
CREATE INDEX letter_kind ON letter (state, kind, next_attempt_at);
