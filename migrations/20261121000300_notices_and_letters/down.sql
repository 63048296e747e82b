DROP TABLE notice;
DROP TABLE letter;
