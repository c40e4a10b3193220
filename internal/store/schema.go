package store

type schemas struct{ tx *Tx }
