-- A survey letter asks what else is open for its reader, and what else is to be told to them: found by person, not among everything
-- that is open. A letter to one of twenty thousand took eleven milliseconds otherwise.
CREATE INDEX invitation_of_person ON invitation (person_id, cycle_id);
CREATE INDEX notice_for_person ON notice (person_id);
-- Whoever is looked for among letters is found, too: when an address is refused, corrected or erased.
CREATE INDEX letter_to_person ON letter (person_id);
-- Whose portfolio it is, told without a look at each membership.
DROP INDEX member_person;
CREATE INDEX member_person ON member (person_id, active, partnership_id);
