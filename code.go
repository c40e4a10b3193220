package kith

// The codes that errors carry, all of them: stable words for programs. A face may translate them,
// never invent its own.
const (
	CodeInternal = "internal"

	// The shape of a request.
	CodeMalformed       = "malformed"        // not the declared format, or cut short
	CodeDuplicateKey    = "duplicate_key"    // the same name twice, or in two spellings
	CodeRequired        = "required"         // a field is missing or empty
	CodeWrongType       = "wrong_type"       // a number where a string belongs, and the like
	CodeTooShort        = "too_short"        //
	CodeTooLong         = "too_long"         //
	CodeOutOfRange      = "out_of_range"     // a number or a length outside its bounds
	CodeNotAllowed      = "not_allowed"      // a value outside its list, or a field that has no business here
	CodeReadOnly        = "read_only"        // shown, never taken
	CodeBadFormat       = "bad_format"       // not an e-mail, date, colour, ...
	CodeBodyTooLarge    = "body_too_large"   //
	CodeUnsupportedType = "unsupported_type" // content type not taken here
	CodeMethod          = "method_not_allowed"
	CodeNoRoute         = "no_route"

	// Who asks.
	CodeUnauthenticated = "unauthenticated"
	CodeForbidden       = "forbidden"
	CodeNotFound        = "not_found"
	CodeBadCredentials  = "bad_credentials"
	CodeBadRefresh      = "bad_refresh_token"
	CodeBadLink         = "bad_link"     // a link that was used, replaced, is too old or never was one
	CodeBadCode         = "bad_code"     // a typed code that was used, replaced, tried too often, is too old or never was one
	CodeTooMany         = "too_many"     // tried or asked too often; later it goes again
	CodeTestCompany     = "test_company" // test companies are not served on this listener

	// Companies and users.
	CodeTaken            = "taken"
	CodeRegistrationOff  = "registration_closed"
	CodeSetupToken       = "setup_token"
	CodePasswordWeak     = "password_weak"
	CodePasswordMismatch = "password_mismatch"
	CodeWrongPassword    = "wrong_password"
	CodeNoDefaultGroup   = "no_default_group"
	CodeArchived         = "archived" // what is archived is only read

	// The machine.
	CodeBusy     = "busy"     // a queue is full; try again
	CodeStopping = "stopping" // the server drains
	CodeDatabase = "database_unavailable"
)
