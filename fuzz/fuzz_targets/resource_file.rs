//! libFuzzer runs [`stead_fuzz::resource_file`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| stead_fuzz::resource_file(data));
