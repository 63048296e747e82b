//! Stories: what people live through, told from the outside. Begin with [`a_quarter_in_the_life`].

mod a_quarter_in_the_life;
mod answers;
mod calendar;
mod four_quarters;
mod letters;
mod over_http;
mod proposals;
mod replicas;
mod secrecy;
mod the_move;
mod zones;

pub use the_move::PLACES as MOVE;
