//! libFuzzer runs [`stead_fuzz::user_code`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| stead_fuzz::user_code(data));
