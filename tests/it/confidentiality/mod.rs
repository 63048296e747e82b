//! Who can find out what: the promises of the modes, tried as an attacker would try them.

mod anonymous;
mod comments;
mod erasure;
mod every_way_out;
mod evidence;
mod handed;
mod labels;
mod relinking;
mod retention;
