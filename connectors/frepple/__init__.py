"""frePPLe: a supply plan read and turned into the plant's facts."""
