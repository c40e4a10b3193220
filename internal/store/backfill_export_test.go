package store

// BackfillCurrencies is what the migration runs.
var BackfillCurrencies = backfillCurrencies
