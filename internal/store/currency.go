package store

type currencies struct{ tx *Tx }
