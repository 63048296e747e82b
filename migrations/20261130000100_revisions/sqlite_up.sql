-- Random, so that the sum over several partnerships tells whether any of them changed, whichever they are.

CREATE TRIGGER revise_partnership_insert AFTER INSERT ON partnership BEGIN
    INSERT INTO revision (partnership_id, value) VALUES (NEW.id, random() & 1099511627775)
        ON CONFLICT (partnership_id) DO UPDATE SET value = excluded.value;
END;

CREATE TRIGGER revise_partnership_update AFTER UPDATE ON partnership BEGIN
    INSERT INTO revision (partnership_id, value) VALUES (NEW.id, random() & 1099511627775)
        ON CONFLICT (partnership_id) DO UPDATE SET value = excluded.value;
END;

CREATE TRIGGER revise_partnership_delete AFTER DELETE ON partnership BEGIN
    DELETE FROM revision WHERE partnership_id = OLD.id;
END;

CREATE TRIGGER revise_side_insert AFTER INSERT ON side BEGIN
    INSERT INTO revision (partnership_id, value) VALUES (NEW.partnership_id, random() & 1099511627775)
        ON CONFLICT (partnership_id) DO UPDATE SET value = excluded.value;
END;

CREATE TRIGGER revise_side_update AFTER UPDATE ON side BEGIN
    INSERT INTO revision (partnership_id, value) VALUES (NEW.partnership_id, random() & 1099511627775)
        ON CONFLICT (partnership_id) DO UPDATE SET value = excluded.value;
END;

CREATE TRIGGER revise_side_delete AFTER DELETE ON side BEGIN
    INSERT INTO revision (partnership_id, value) VALUES (OLD.partnership_id, random() & 1099511627775)
        ON CONFLICT (partnership_id) DO UPDATE SET value = excluded.value;
END;

CREATE TRIGGER revise_member_insert AFTER INSERT ON member BEGIN
    INSERT INTO revision (partnership_id, value) VALUES (NEW.partnership_id, random() & 1099511627775)
        ON CONFLICT (partnership_id) DO UPDATE SET value = excluded.value;
END;

CREATE TRIGGER revise_member_update AFTER UPDATE ON member BEGIN
    INSERT INTO revision (partnership_id, value) VALUES (NEW.partnership_id, random() & 1099511627775)
        ON CONFLICT (partnership_id) DO UPDATE SET value = excluded.value;
END;

CREATE TRIGGER revise_member_delete AFTER DELETE ON member BEGIN
    INSERT INTO revision (partnership_id, value) VALUES (OLD.partnership_id, random() & 1099511627775)
        ON CONFLICT (partnership_id) DO UPDATE SET value = excluded.value;
END;

CREATE TRIGGER revise_cadence_insert AFTER INSERT ON cadence BEGIN
    INSERT INTO revision (partnership_id, value) VALUES (NEW.partnership_id, random() & 1099511627775)
        ON CONFLICT (partnership_id) DO UPDATE SET value = excluded.value;
END;

CREATE TRIGGER revise_cadence_update AFTER UPDATE ON cadence BEGIN
    INSERT INTO revision (partnership_id, value) VALUES (NEW.partnership_id, random() & 1099511627775)
        ON CONFLICT (partnership_id) DO UPDATE SET value = excluded.value;
END;

CREATE TRIGGER revise_cadence_delete AFTER DELETE ON cadence BEGIN
    INSERT INTO revision (partnership_id, value) VALUES (OLD.partnership_id, random() & 1099511627775)
        ON CONFLICT (partnership_id) DO UPDATE SET value = excluded.value;
END;

CREATE TRIGGER revise_cycle_insert AFTER INSERT ON cycle BEGIN
    INSERT INTO revision (partnership_id, value) VALUES (NEW.partnership_id, random() & 1099511627775)
        ON CONFLICT (partnership_id) DO UPDATE SET value = excluded.value;
END;

CREATE TRIGGER revise_cycle_update AFTER UPDATE ON cycle BEGIN
    INSERT INTO revision (partnership_id, value) VALUES (NEW.partnership_id, random() & 1099511627775)
        ON CONFLICT (partnership_id) DO UPDATE SET value = excluded.value;
END;

CREATE TRIGGER revise_cycle_delete AFTER DELETE ON cycle BEGIN
    INSERT INTO revision (partnership_id, value) VALUES (OLD.partnership_id, random() & 1099511627775)
        ON CONFLICT (partnership_id) DO UPDATE SET value = excluded.value;
END;

CREATE TRIGGER revise_scorecard_insert AFTER INSERT ON scorecard BEGIN
    INSERT INTO revision (partnership_id, value) VALUES (NEW.partnership_id, random() & 1099511627775)
        ON CONFLICT (partnership_id) DO UPDATE SET value = excluded.value;
END;

CREATE TRIGGER revise_scorecard_update AFTER UPDATE ON scorecard BEGIN
    INSERT INTO revision (partnership_id, value) VALUES (NEW.partnership_id, random() & 1099511627775)
        ON CONFLICT (partnership_id) DO UPDATE SET value = excluded.value;
END;

CREATE TRIGGER revise_scorecard_delete AFTER DELETE ON scorecard BEGIN
    INSERT INTO revision (partnership_id, value) VALUES (OLD.partnership_id, random() & 1099511627775)
        ON CONFLICT (partnership_id) DO UPDATE SET value = excluded.value;
END;

CREATE TRIGGER revise_flag_insert AFTER INSERT ON flag BEGIN
    INSERT INTO revision (partnership_id, value) VALUES (NEW.partnership_id, random() & 1099511627775)
        ON CONFLICT (partnership_id) DO UPDATE SET value = excluded.value;
END;

CREATE TRIGGER revise_flag_update AFTER UPDATE ON flag BEGIN
    INSERT INTO revision (partnership_id, value) VALUES (NEW.partnership_id, random() & 1099511627775)
        ON CONFLICT (partnership_id) DO UPDATE SET value = excluded.value;
END;

CREATE TRIGGER revise_flag_delete AFTER DELETE ON flag BEGIN
    INSERT INTO revision (partnership_id, value) VALUES (OLD.partnership_id, random() & 1099511627775)
        ON CONFLICT (partnership_id) DO UPDATE SET value = excluded.value;
END;

CREATE TRIGGER revise_discussion_insert AFTER INSERT ON discussion BEGIN
    INSERT INTO revision (partnership_id, value) VALUES (NEW.partnership_id, random() & 1099511627775)
        ON CONFLICT (partnership_id) DO UPDATE SET value = excluded.value;
END;

CREATE TRIGGER revise_discussion_update AFTER UPDATE ON discussion BEGIN
    INSERT INTO revision (partnership_id, value) VALUES (NEW.partnership_id, random() & 1099511627775)
        ON CONFLICT (partnership_id) DO UPDATE SET value = excluded.value;
END;

CREATE TRIGGER revise_discussion_delete AFTER DELETE ON discussion BEGIN
    INSERT INTO revision (partnership_id, value) VALUES (OLD.partnership_id, random() & 1099511627775)
        ON CONFLICT (partnership_id) DO UPDATE SET value = excluded.value;
END;

CREATE TRIGGER revise_action_insert AFTER INSERT ON action BEGIN
    INSERT INTO revision (partnership_id, value) VALUES (NEW.partnership_id, random() & 1099511627775)
        ON CONFLICT (partnership_id) DO UPDATE SET value = excluded.value;
END;

CREATE TRIGGER revise_action_update AFTER UPDATE ON action BEGIN
    INSERT INTO revision (partnership_id, value) VALUES (NEW.partnership_id, random() & 1099511627775)
        ON CONFLICT (partnership_id) DO UPDATE SET value = excluded.value;
END;

CREATE TRIGGER revise_action_delete AFTER DELETE ON action BEGIN
    INSERT INTO revision (partnership_id, value) VALUES (OLD.partnership_id, random() & 1099511627775)
        ON CONFLICT (partnership_id) DO UPDATE SET value = excluded.value;
END;

CREATE TRIGGER revise_acceptance_insert AFTER INSERT ON acceptance BEGIN
    INSERT INTO revision (partnership_id, value) VALUES (NEW.partnership_id, random() & 1099511627775)
        ON CONFLICT (partnership_id) DO UPDATE SET value = excluded.value;
END;

CREATE TRIGGER revise_acceptance_update AFTER UPDATE ON acceptance BEGIN
    INSERT INTO revision (partnership_id, value) VALUES (NEW.partnership_id, random() & 1099511627775)
        ON CONFLICT (partnership_id) DO UPDATE SET value = excluded.value;
END;

CREATE TRIGGER revise_acceptance_delete AFTER DELETE ON acceptance BEGIN
    INSERT INTO revision (partnership_id, value) VALUES (OLD.partnership_id, random() & 1099511627775)
        ON CONFLICT (partnership_id) DO UPDATE SET value = excluded.value;
END;

CREATE TRIGGER revise_acceptance_signature_insert AFTER INSERT ON acceptance_signature BEGIN
    UPDATE revision SET value = random() & 1099511627775
        WHERE partnership_id = (SELECT partnership_id FROM acceptance WHERE id = NEW.acceptance_id);
END;

CREATE TRIGGER revise_acceptance_signature_update AFTER UPDATE ON acceptance_signature BEGIN
    UPDATE revision SET value = random() & 1099511627775
        WHERE partnership_id = (SELECT partnership_id FROM acceptance WHERE id = NEW.acceptance_id);
END;

CREATE TRIGGER revise_acceptance_signature_delete AFTER DELETE ON acceptance_signature BEGIN
    UPDATE revision SET value = random() & 1099511627775
        WHERE partnership_id = (SELECT partnership_id FROM acceptance WHERE id = OLD.acceptance_id);
END;

UPDATE revision SET value = random() & 1099511627775;
