DROP TRIGGER revise_invitation_insert ON invitation;
DROP TRIGGER revise_invitation_withdrawn ON invitation;
DROP FUNCTION revise_by_invitation();
