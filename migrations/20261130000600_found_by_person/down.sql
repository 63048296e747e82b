DROP INDEX letter_to_person;
DROP INDEX notice_for_person;
DROP INDEX invitation_of_person;
DROP INDEX member_person;
CREATE INDEX member_person ON member (person_id);
