package store

type passwordLinks struct{ tx *Tx }
