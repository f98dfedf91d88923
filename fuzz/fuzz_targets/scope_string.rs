//! libFuzzer runs [`stead_fuzz::scope_string`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| stead_fuzz::scope_string(data));
