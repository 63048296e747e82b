-- Random, so that the sum over several partnerships tells whether any of them changed, whichever they are.
CREATE FUNCTION revise() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    touched RECORD;
    own TEXT;
BEGIN
    IF TG_OP = 'DELETE' THEN
        touched := OLD;
    ELSE
        touched := NEW;
    END IF;
    IF TG_TABLE_NAME = 'partnership' THEN
        own := touched.id;
        IF TG_OP = 'DELETE' THEN
            DELETE FROM revision WHERE partnership_id = own;
            RETURN NULL;
        END IF;
    ELSIF TG_TABLE_NAME = 'acceptance_signature' THEN
        SELECT partnership_id INTO own FROM acceptance WHERE id = touched.acceptance_id;
        IF own IS NULL THEN
            RETURN NULL;
        END IF;
    ELSE
        own := touched.partnership_id;
    END IF;
    INSERT INTO revision (partnership_id, value) VALUES (own, floor(random() * 1099511627776)::BIGINT)
        ON CONFLICT (partnership_id) DO UPDATE SET value = excluded.value;
    RETURN NULL;
END
$$;

CREATE TRIGGER revise_partnership AFTER INSERT OR UPDATE OR DELETE ON partnership FOR EACH ROW EXECUTE FUNCTION revise();
CREATE TRIGGER revise_side AFTER INSERT OR UPDATE OR DELETE ON side FOR EACH ROW EXECUTE FUNCTION revise();
CREATE TRIGGER revise_member AFTER INSERT OR UPDATE OR DELETE ON member FOR EACH ROW EXECUTE FUNCTION revise();
CREATE TRIGGER revise_cadence AFTER INSERT OR UPDATE OR DELETE ON cadence FOR EACH ROW EXECUTE FUNCTION revise();
CREATE TRIGGER revise_cycle AFTER INSERT OR UPDATE OR DELETE ON cycle FOR EACH ROW EXECUTE FUNCTION revise();
CREATE TRIGGER revise_scorecard AFTER INSERT OR UPDATE OR DELETE ON scorecard FOR EACH ROW EXECUTE FUNCTION revise();
CREATE TRIGGER revise_flag AFTER INSERT OR UPDATE OR DELETE ON flag FOR EACH ROW EXECUTE FUNCTION revise();
CREATE TRIGGER revise_discussion AFTER INSERT OR UPDATE OR DELETE ON discussion FOR EACH ROW EXECUTE FUNCTION revise();
CREATE TRIGGER revise_action AFTER INSERT OR UPDATE OR DELETE ON action FOR EACH ROW EXECUTE FUNCTION revise();
CREATE TRIGGER revise_acceptance AFTER INSERT OR UPDATE OR DELETE ON acceptance FOR EACH ROW EXECUTE FUNCTION revise();
CREATE TRIGGER revise_acceptance_signature AFTER INSERT OR UPDATE OR DELETE ON acceptance_signature FOR EACH ROW EXECUTE FUNCTION revise();

UPDATE revision SET value = floor(random() * 1099511627776)::BIGINT;
