/// Sixteen bits of a string: different ones tell that two strings differ.
pub(crate) type Fingerprint = u16;

/// An odd number without pattern.
const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;

/// The fingerprint of a string.
pub(crate) fn fingerprint(text: &[u8]) -> Fingerprint {
    let (eights, rest) = text.as_chunks::<8>();
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    let start = text.len() as u64;
    let mixed = eights.iter().chain([&last]).fold(start, |mixed, eight| {
        let product = (mixed ^ u64::from_le_bytes(*eight)).wrapping_mul(FACTOR);
        product ^ (product >> 29)
    });
    (mixed.wrapping_mul(FACTOR) >> 48) as Fingerprint
}
