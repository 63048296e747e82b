-- Saving an answer reads and writes less.
--
-- Only what waits is looked for by its time. What is over leaves the index and is not moved about in it: somebody who sends their
-- answers ends several reminders, each of which changed two more pages.
DROP INDEX notice_due;
CREATE INDEX notice_due ON notice (due_at) WHERE state = 'waiting';

-- Who is invited decides whether a comment is asked for. What was made of that once stays right as long as the partnership's number
-- stays, so the number changes with it, by triggers beside this file. Sending and saving answers do not change it.
