-- Who takes part. Identifiers are minted by the program (hyphenated text), times are UTC.
CREATE TABLE meta (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE organisation (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    created_at TIMESTAMP NOT NULL
);

CREATE TABLE person (
    id TEXT NOT NULL PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    language TEXT NOT NULL DEFAULT 'en',
    zone TEXT NOT NULL,
    administrator BOOLEAN NOT NULL DEFAULT FALSE,
    created_at TIMESTAMP NOT NULL
);

CREATE TABLE organisation_role (
    organisation_id TEXT NOT NULL REFERENCES organisation (id),
    person_id TEXT NOT NULL REFERENCES person (id),
    role TEXT NOT NULL,
    PRIMARY KEY (organisation_id, person_id, role)
);
CREATE INDEX organisation_role_person ON organisation_role (person_id);

CREATE TABLE partnership (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    zone TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL
);

CREATE TABLE side (
    id TEXT NOT NULL PRIMARY KEY,
    partnership_id TEXT NOT NULL REFERENCES partnership (id),
    place INTEGER NOT NULL,
    name TEXT NOT NULL,
    organisation_id TEXT REFERENCES organisation (id),
    UNIQUE (partnership_id, place),
    UNIQUE (partnership_id, name)
);
CREATE INDEX side_organisation ON side (organisation_id);

CREATE TABLE member (
    id TEXT NOT NULL PRIMARY KEY,
    partnership_id TEXT NOT NULL REFERENCES partnership (id),
    person_id TEXT NOT NULL REFERENCES person (id),
    side_id TEXT REFERENCES side (id),
    respondent BOOLEAN NOT NULL,
    manager BOOLEAN NOT NULL,
    sponsor BOOLEAN NOT NULL,
    facilitator BOOLEAN NOT NULL,
    active BOOLEAN NOT NULL,
    external_ref TEXT,
    bounced_at TIMESTAMP,
    created_at TIMESTAMP NOT NULL,
    UNIQUE (partnership_id, person_id)
);
CREATE INDEX member_person ON member (person_id);
