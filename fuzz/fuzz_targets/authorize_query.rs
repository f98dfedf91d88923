//! libFuzzer runs [`stead_fuzz::authorize_query`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| stead_fuzz::authorize_query(data));
