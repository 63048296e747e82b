ALTER TABLE person DROP COLUMN erased_at;
DROP TABLE answer_sum;
