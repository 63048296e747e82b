DROP INDEX letter_kind;
