//! Short hashes of texts, without protection against deliberate collisions.

use std::hash::Hasher as _;

use fnv::FnvHasher;

/// FNV-1a: equal in every window, version and machine, so it may be stored. Each single wrong byte changes it.
pub fn fingerprint(bytes: &[u8]) -> u64 {
    let mut hasher = FnvHasher::default();
    hasher.write(bytes);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From the authors' own list of test vectors: what is stored must not change with a dependency.
    #[test]
    fn is_what_its_authors_publish() {
        assert_eq!(fingerprint(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fingerprint(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fingerprint(b"foobar"), 0x8594_4171_f739_67e8);
    }
}
