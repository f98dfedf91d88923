//! libFuzzer runs [`stead_fuzz::dpop_proof`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| stead_fuzz::dpop_proof(data));
