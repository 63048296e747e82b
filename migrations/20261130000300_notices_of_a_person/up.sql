-- Whoever sends their answers gets no more reminders of that cycle: found by cycle and person, not among those of everybody asked.
CREATE INDEX notice_of_person ON notice (cycle_id, person_id);

DROP INDEX notice_cycle;
