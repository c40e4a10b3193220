package store

// Directory names the tables that no company owns.
var Directory = directory
