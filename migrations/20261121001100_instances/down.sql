DROP INDEX letter_claimed_by;
DROP TABLE instance;
