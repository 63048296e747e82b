DROP TABLE flag;
DROP TABLE scorecard;
DROP TABLE response;
DROP TABLE invitation;
DROP TABLE cycle;
DROP TABLE cadence;
DROP TABLE instrument;
