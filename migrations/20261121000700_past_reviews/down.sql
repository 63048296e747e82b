DROP INDEX partnership_name;
ALTER TABLE flag DROP COLUMN debt_from;
ALTER TABLE scorecard DROP COLUMN exact;
ALTER TABLE cycle DROP COLUMN content_digest;
ALTER TABLE response DROP COLUMN pseudonym_id;
DROP TABLE pseudonym;
