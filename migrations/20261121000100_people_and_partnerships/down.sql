DROP TABLE member;
DROP TABLE side;
DROP TABLE partnership;
DROP TABLE organisation_role;
DROP TABLE person;
DROP TABLE organisation;
DROP TABLE meta;
