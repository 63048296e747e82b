DROP TABLE former_link;
DROP INDEX invitation_handed_hash;
ALTER TABLE invitation DROP COLUMN begun;
ALTER TABLE invitation DROP COLUMN handed_hash;
ALTER TABLE invitation DROP COLUMN handed_salt;
