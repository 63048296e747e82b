DROP TABLE proposal_answer;
DROP TABLE proposal;
