ALTER TABLE cycle DROP COLUMN keep_months;
ALTER TABLE cadence DROP COLUMN keep_months;
