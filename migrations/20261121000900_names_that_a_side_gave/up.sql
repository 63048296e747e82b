-- The name by which a side added somebody. It may be somebody whom this server knows by another name from elsewhere, and
-- what a side reads must not tell whether it is.
ALTER TABLE member ADD COLUMN known_as TEXT;
