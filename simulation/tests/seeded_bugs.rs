//! Each planted bug is found.
