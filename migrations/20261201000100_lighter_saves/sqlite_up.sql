CREATE TRIGGER revise_invitation_insert AFTER INSERT ON invitation BEGIN
    UPDATE revision SET value = random() & 1099511627775
        WHERE partnership_id = (SELECT partnership_id FROM cycle WHERE id = NEW.cycle_id);
END;

CREATE TRIGGER revise_invitation_withdrawn AFTER UPDATE OF state ON invitation WHEN NEW.state = 'withdrawn' BEGIN
    UPDATE revision SET value = random() & 1099511627775
        WHERE partnership_id = (SELECT partnership_id FROM cycle WHERE id = NEW.cycle_id);
END;
