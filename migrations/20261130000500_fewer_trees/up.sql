-- What is written often is written to fewer trees.
--
-- A letter changes its state three times on its way, and each index that names the state is written each time. Sign-in letters are
-- few and have an index of their own; letters that are claimed are few and are found by their state.
DROP INDEX letter_kind;
DROP INDEX letter_claimed_by;
CREATE INDEX letter_login ON letter (state, next_attempt_at) WHERE kind = 'login';

-- Answers are always asked for by their cycle. SQLite, beside this file, keeps them in the order of their key, in one tree instead
-- of two: an answer changes half the pages, and those of a cycle lie together. PostgreSQL has no such table.
