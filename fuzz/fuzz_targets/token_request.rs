//! libFuzzer runs [`stead_fuzz::token_request`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| stead_fuzz::token_request(data));
