-- The own view of a side is a partnership of that side alone, beside the one that the others have not accepted yet: what is
-- asked and answered in it belongs to the side for ever. It names what it is a view of; its only side names the side.
ALTER TABLE partnership ADD COLUMN view_of TEXT REFERENCES partnership (id);
ALTER TABLE side ADD COLUMN view_of TEXT REFERENCES side (id);
CREATE INDEX partnership_view_of ON partnership (view_of);
CREATE INDEX side_view_of ON side (view_of);

-- Since when a side that had a manager has none, and no sponsor to inherit.
ALTER TABLE side ADD COLUMN vacant_since TIMESTAMP;
