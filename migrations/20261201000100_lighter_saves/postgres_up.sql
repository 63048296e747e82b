CREATE FUNCTION revise_by_invitation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE revision SET value = floor(random() * 1099511627776)::BIGINT
        WHERE partnership_id = (SELECT partnership_id FROM cycle WHERE id = NEW.cycle_id);
    RETURN NULL;
END
$$;

CREATE TRIGGER revise_invitation_insert AFTER INSERT ON invitation FOR EACH ROW EXECUTE FUNCTION revise_by_invitation();
CREATE TRIGGER revise_invitation_withdrawn AFTER UPDATE OF state ON invitation FOR EACH ROW WHEN (NEW.state = 'withdrawn')
    EXECUTE FUNCTION revise_by_invitation();
