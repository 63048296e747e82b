CREATE INDEX notice_cycle ON notice (cycle_id);

DROP INDEX notice_of_person;
