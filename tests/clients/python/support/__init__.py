"""What every case stands on: the emulator, its people, and the faults one may ask of it. No library is at work here."""
