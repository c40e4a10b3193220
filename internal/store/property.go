package store

type properties struct{ tx *Tx }
