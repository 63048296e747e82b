//! The tables as diesel sees them; `migrations/` is the truth, and a test compares the two.

diesel::table! {
    meta (name) {
        name -> Text,
        value -> Text,
    }
}

diesel::table! {
    organisation (id) {
        id -> Text,
        name -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    person (id) {
        id -> Text,
        email -> Text,
        name -> Text,
        language -> Text,
        zone -> Text,
        administrator -> Bool,
        created_at -> Timestamp,
        erased_at -> Nullable<Timestamp>,
        digest -> Bool,
    }
}

diesel::table! {
    organisation_role (organisation_id, person_id, role) {
        organisation_id -> Text,
        person_id -> Text,
        role -> Text,
    }
}

diesel::table! {
    partnership (id) {
        id -> Text,
        name -> Text,
        zone -> Text,
        state -> Text,
        created_at -> Timestamp,
        ended_at -> Nullable<Timestamp>,
        shelved_at -> Nullable<Timestamp>,
        view_of -> Nullable<Text>,
    }
}

diesel::table! {
    side (id) {
        id -> Text,
        partnership_id -> Text,
        place -> Integer,
        name -> Text,
        organisation_id -> Nullable<Text>,
        view_of -> Nullable<Text>,
        vacant_since -> Nullable<Timestamp>,
    }
}

diesel::table! {
    member (id) {
        id -> Text,
        partnership_id -> Text,
        person_id -> Text,
        side_id -> Nullable<Text>,
        respondent -> Bool,
        manager -> Bool,
        sponsor -> Bool,
        facilitator -> Bool,
        active -> Bool,
        external_ref -> Nullable<Text>,
        bounced_at -> Nullable<Timestamp>,
        created_at -> Timestamp,
        known_as -> Nullable<Text>,
        letters -> Text,
        declined_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    instrument (id, version) {
        id -> Text,
        version -> Integer,
        title -> Text,
        content -> Text,
        digest -> Text,
        published_at -> Timestamp,
    }
}

diesel::table! {
    cadence (id) {
        id -> Text,
        partnership_id -> Text,
        instrument_id -> Text,
        rule -> Text,
        mode -> Text,
        floor_k -> Integer,
        active -> Bool,
        next_opens_at -> Nullable<Timestamp>,
        created_at -> Timestamp,
        comments -> Bool,
        keep_months -> Nullable<Integer>,
    }
}

diesel::table! {
    cycle (id) {
        id -> Text,
        partnership_id -> Text,
        instrument_id -> Text,
        instrument_version -> Integer,
        period -> Text,
        origin -> Text,
        mode -> Text,
        floor_k -> Integer,
        opens_at -> Timestamp,
        closes_at -> Timestamp,
        state -> Text,
        reason -> Nullable<Text>,
        closed_at -> Nullable<Timestamp>,
        rebaseline -> Bool,
        created_at -> Timestamp,
        content_digest -> Nullable<Text>,
        comments -> Bool,
        keep_months -> Nullable<Integer>,
    }
}

diesel::table! {
    invitation (id) {
        id -> Text,
        cycle_id -> Text,
        member_id -> Text,
        person_id -> Text,
        side_id -> Text,
        salt -> Nullable<Text>,
        token_hash -> Text,
        state -> Text,
        created_at -> Timestamp,
        handed_salt -> Nullable<Text>,
        handed_hash -> Nullable<Text>,
        begun -> Bool,
    }
}

diesel::table! {
    former_link (token_hash) {
        token_hash -> Text,
        invitation_id -> Text,
        replaced_at -> Timestamp,
    }
}

diesel::table! {
    response (cycle_id, answer_key) {
        cycle_id -> Text,
        answer_key -> Text,
        side_id -> Text,
        member_id -> Nullable<Text>,
        answers -> Text,
        answered -> Integer,
        comment -> Nullable<Text>,
        saved_at -> Nullable<Timestamp>,
        pseudonym_id -> Nullable<Text>,
    }
}

diesel::table! {
    ballot (cycle_id, answer_key) {
        cycle_id -> Text,
        answer_key -> Text,
        side_id -> Text,
        answers -> Text,
        answered -> Integer,
        comment -> Nullable<Text>,
    }
}

diesel::table! {
    ballot_trace (cycle_id) {
        cycle_id -> Text,
    }
}

diesel::table! {
    remark (id) {
        id -> Text,
        cycle_id -> Text,
        side_id -> Text,
        member_id -> Nullable<Text>,
        text -> Text,
    }
}

diesel::table! {
    answer_sum (cycle_id, side_id) {
        cycle_id -> Text,
        side_id -> Text,
        answered -> Integer,
        sums -> Text,
    }
}

diesel::table! {
    scorecard (cycle_id) {
        cycle_id -> Text,
        partnership_id -> Text,
        instrument_id -> Text,
        instrument_version -> Integer,
        period -> Text,
        closed_at -> Timestamp,
        published -> Text,
        basis -> Text,
        exact -> Nullable<Text>,
    }
}

diesel::table! {
    flag (id) {
        id -> Text,
        partnership_id -> Text,
        instrument_id -> Text,
        subject -> Text,
        reasons -> Text,
        severity -> Text,
        state -> Text,
        open_key -> Nullable<Text>,
        raised_cycle_id -> Text,
        raised_at -> Timestamp,
        last_cycle_id -> Text,
        unmeasured -> Bool,
        cleared_at -> Nullable<Timestamp>,
        debt_from -> Nullable<Timestamp>,
        answered_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    discussion (id) {
        id -> Text,
        partnership_id -> Text,
        cycle_id -> Text,
        author -> Text,
        side_id -> Nullable<Text>,
        text -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    discussion_flag (discussion_id, flag_id) {
        discussion_id -> Text,
        flag_id -> Text,
    }
}

diesel::table! {
    action (id) {
        id -> Text,
        partnership_id -> Text,
        cycle_id -> Text,
        side_id -> Text,
        owner_id -> Nullable<Text>,
        text -> Text,
        due_on -> Date,
        state -> Text,
        note -> Text,
        created_by -> Text,
        created_at -> Timestamp,
        settled_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    action_flag (action_id, flag_id) {
        action_id -> Text,
        flag_id -> Text,
    }
}

diesel::table! {
    acceptance (id) {
        id -> Text,
        partnership_id -> Text,
        cycle_id -> Text,
        reason -> Text,
        until_on -> Date,
        created_by -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    acceptance_flag (acceptance_id, flag_id) {
        acceptance_id -> Text,
        flag_id -> Text,
    }
}

diesel::table! {
    acceptance_signature (acceptance_id, side_id) {
        acceptance_id -> Text,
        side_id -> Text,
        signed_by -> Text,
        signed_at -> Timestamp,
    }
}

diesel::table! {
    review (cycle_id) {
        cycle_id -> Text,
        due_on -> Date,
        state -> Text,
        closed_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    review_confirmation (cycle_id, side_id) {
        cycle_id -> Text,
        side_id -> Text,
        confirmed_by -> Text,
        confirmed_at -> Timestamp,
    }
}

diesel::table! {
    instance (id) {
        id -> Text,
        place -> Text,
        version -> Text,
        started_at -> Timestamp,
        seen_at -> Timestamp,
        tick_at -> Nullable<Timestamp>,
        pass_at -> Nullable<Timestamp>,
        stuck -> Integer,
        relay -> Nullable<Text>,
    }
}

diesel::table! {
    letter (id) {
        id -> Text,
        group_key -> Text,
        kind -> Text,
        person_id -> Nullable<Text>,
        to_name -> Text,
        to_address -> Text,
        from_name -> Text,
        reply_to -> Nullable<Text>,
        subject -> Text,
        message_id -> Text,
        boundary -> Text,
        dated_at -> Timestamp,
        state -> Text,
        attempts -> Integer,
        next_attempt_at -> Timestamp,
        not_after -> Timestamp,
        lease_until -> Nullable<Timestamp>,
        claimed_by -> Nullable<Text>,
        fence -> Integer,
        ambiguous -> Integer,
        last_error -> Nullable<Text>,
        sent_at -> Nullable<Timestamp>,
        created_at -> Timestamp,
        picture -> Nullable<Text>,
    }
}

diesel::table! {
    letter_body (letter_id) {
        letter_id -> Text,
        body_text -> Text,
        body_html -> Text,
    }
}

diesel::table! {
    notice (id) {
        id -> Text,
        natural_key -> Text,
        kind -> Text,
        person_id -> Text,
        cycle_id -> Nullable<Text>,
        reference -> Text,
        state -> Text,
        due_at -> Timestamp,
        not_after -> Timestamp,
        letter_id -> Nullable<Text>,
        created_at -> Timestamp,
    }
}

diesel::table! {
    login_request (id) {
        id -> Text,
        person_id -> Text,
        salt -> Nullable<Text>,
        token_hash -> Text,
        code_hash -> Text,
        nonce_hash -> Text,
        code_tries -> Integer,
        expires_at -> Timestamp,
        used_at -> Nullable<Timestamp>,
        created_at -> Timestamp,
    }
}

diesel::table! {
    session (id) {
        id -> Text,
        person_id -> Text,
        token_hash -> Text,
        device -> Text,
        created_at -> Timestamp,
        seen_at -> Timestamp,
        expires_at -> Timestamp,
    }
}

diesel::table! {
    audit (id) {
        id -> Text,
        at -> Timestamp,
        actor -> Text,
        act -> Text,
        object -> Text,
        request_id -> Nullable<Text>,
    }
}

diesel::table! {
    api_token (id) {
        id -> Text,
        name -> Text,
        token_hash -> Text,
        scopes -> Text,
        bound_to -> Text,
        bound_id -> Nullable<Text>,
        created_by -> Text,
        created_at -> Timestamp,
        expires_at -> Timestamp,
        last_used_at -> Nullable<Timestamp>,
        revoked_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    idempotency (key_hash) {
        key_hash -> Text,
        request_digest -> Text,
        made -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    proposal (id) {
        id -> Text,
        partnership_id -> Text,
        act -> Text,
        subject -> Text,
        content -> Text,
        state -> Text,
        open_key -> Nullable<Text>,
        proposed_by -> Text,
        proposed_side -> Nullable<Text>,
        reason -> Text,
        created_at -> Timestamp,
        expires_at -> Timestamp,
        decided_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    proposal_answer (proposal_id, side_id) {
        proposal_id -> Text,
        side_id -> Text,
        answer -> Text,
        actor -> Text,
        reason -> Text,
        answered_at -> Timestamp,
    }
}

diesel::table! {
    pseudonym (id) {
        id -> Text,
        partnership_id -> Text,
        label -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    revision (partnership_id) {
        partnership_id -> Text,
        value -> BigInt,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    meta,
    organisation,
    person,
    organisation_role,
    partnership,
    side,
    member,
    instance,
    instrument,
    cadence,
    cycle,
    invitation,
    former_link,
    response,
    ballot,
    ballot_trace,
    remark,
    answer_sum,
    scorecard,
    flag,
    letter,
    letter_body,
    notice,
    login_request,
    session,
    audit,
    api_token,
    idempotency,
    proposal,
    proposal_answer,
    pseudonym,
    discussion,
    discussion_flag,
    action,
    action_flag,
    acceptance,
    acceptance_flag,
    acceptance_signature,
    review,
    review_confirmation,
    revision,
);
