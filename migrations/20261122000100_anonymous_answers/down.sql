DROP TABLE ballot_trace;
DROP TABLE ballot;
