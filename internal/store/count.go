package store

type counts struct{ tx *Tx }
