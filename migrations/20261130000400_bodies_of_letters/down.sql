ALTER TABLE letter ADD COLUMN body_text TEXT NOT NULL DEFAULT '';
ALTER TABLE letter ADD COLUMN body_html TEXT NOT NULL DEFAULT '';
UPDATE letter SET
    body_text = (SELECT own.body_text FROM letter_body AS own WHERE own.letter_id = letter.id),
    body_html = (SELECT own.body_html FROM letter_body AS own WHERE own.letter_id = letter.id)
WHERE EXISTS (SELECT 1 FROM letter_body AS own WHERE own.letter_id = letter.id);
DROP TABLE letter_body;
