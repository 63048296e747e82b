DROP INDEX notice_due;
CREATE INDEX notice_due ON notice (state, due_at);
