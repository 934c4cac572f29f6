//! Run-time dispatch to the matcher that is compiled for the processor's instructions.
#![cfg_attr(
    target_arch = "x86_64",
    expect(
        unsafe_code,
        reason = "the call of a function that is compiled for AVX2, where AVX2 is detected"
    )
)]

use crate::automaton::Automaton;
use crate::captures::CaptureBuffer;
use crate::matcher::match_record;
#[cfg(target_arch = "x86_64")]
use crate::simd::Avx2;
use crate::simd::{Portable, SimdLevel};

/// Matches the record that starts at `start`; see [`match_record`].
#[inline]
pub(crate) fn match_with<const PROFILE: bool>(
    level: SimdLevel,
    automaton: &Automaton,
    bytes: &[u8],
    start: usize,
    captures: &mut CaptureBuffer,
) -> Option<usize> {
    #[cfg(target_arch = "x86_64")]
    if level == SimdLevel::Native
        && let Some(simd) = Avx2::detect()
    {
        // SAFETY: `simd` is the proof that the processor has the instructions.
        return unsafe { match_with_avx2::<PROFILE>(simd, automaton, bytes, start, captures) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = level;
    match_record::<_, PROFILE>(Portable, automaton, bytes, start, captures)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt")]
fn match_with_avx2<const PROFILE: bool>(
    simd: Avx2,
    automaton: &Automaton,
    bytes: &[u8],
    start: usize,
    captures: &mut CaptureBuffer,
) -> Option<usize> {
    match_record::<_, PROFILE>(simd, automaton, bytes, start, captures)
}
