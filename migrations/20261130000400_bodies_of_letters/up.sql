-- The texts of a letter never change while it is claimed, sent and settled, and are most of its bytes: beside the row that changes
-- three times on the way, they are not written again each time.
CREATE TABLE letter_body (
    letter_id TEXT NOT NULL PRIMARY KEY REFERENCES letter (id) ON DELETE CASCADE,
    body_text TEXT NOT NULL,
    body_html TEXT NOT NULL
);
INSERT INTO letter_body (letter_id, body_text, body_html) SELECT id, body_text, body_html FROM letter;
ALTER TABLE letter DROP COLUMN body_text;
ALTER TABLE letter DROP COLUMN body_html;
