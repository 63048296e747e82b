ALTER TABLE member DROP COLUMN known_as;
