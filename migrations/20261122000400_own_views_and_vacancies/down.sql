ALTER TABLE side DROP COLUMN vacant_since;
DROP INDEX side_view_of;
DROP INDEX partnership_view_of;
ALTER TABLE side DROP COLUMN view_of;
ALTER TABLE partnership DROP COLUMN view_of;
