//! Stories: what people live through, told from the outside. Begin with [`a_quarter_in_the_life`].

mod a_quarter_in_the_life;
mod actions_of_the_week;
mod answers;
mod calendar;
mod digest;
mod few_letters;
mod four_quarters;
mod hostile;
mod letters;
mod over_http;
mod preferences;
mod proposals;
mod replicas;
mod scanner;
mod secrecy;
mod the_move;
mod the_portfolio;
mod the_review;
mod what_came_of_it;
mod zones;

pub use the_move::PLACES as MOVE;
