//! libFuzzer runs [`stead_fuzz::compact_jws`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| stead_fuzz::compact_jws(data));
