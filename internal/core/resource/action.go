package resource

// Action is an operation that is more than one row's add, change or delete: its inputs, what they must
// fulfil, what is done with them, all in one transaction, and what is answered.
type Action struct {
	Table    string // that it is of: "user_account"
	Name     string // "signup"
	Label    string // for people
	Instance bool   // it is about one row, whose id is given as {table}_id
	In       []Parameter
}

// Parameter is one input of an action.
type Parameter struct {
	Field        // Name, Type, MaxLength, Required
	Same  string // another input that must be given with the same value: "password"; "" for none
}

// Response tells the client what to do next. The words are the foreign API's: "client.notify" and others.
type Response struct {
	Type       string
	Attributes map[string]any
}
