"""What the plant's words mean: pure rules that know no clock, no network and no Temporal."""
