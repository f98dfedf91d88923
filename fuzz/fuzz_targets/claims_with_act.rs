//! libFuzzer runs [`stead_fuzz::claims_with_act`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| stead_fuzz::claims_with_act(data));
