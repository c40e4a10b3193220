package pages

var english = words{
	Somebody: "the company", At: "at {company}", AtSomebody: "at the company",

	Error:      "Error",
	Link:       "Paste the link from your mail",
	LinkHint:   "The whole link, from https:// to its end. If you followed it to this page, it is in the address bar of your browser.",
	LinkPart:   "This is not the whole link. Copy all of it, from https:// to its end.",
	Password:   "New password",
	LengthHint: "At least {length} characters. Several words that have nothing to do with each other are easiest to remember.",
	Show:       "Show the password",
	Help:       "Questions? Ask {company}:",
	GoOn:       "Go on to {company}",

	Verify: text{
		Title: "Is this your e-mail address?",
		Lead: []string{"Somebody gave the e-mail address that our mail went to as theirs {at}. Was it you?",
			"If it was not you, we remove whatever they set up with your address."},
		Yes: "Yes, this is me", No: "No, this is not me",
		Done: "Your e-mail address is confirmed", After: []string{"Thank you. You can close this page."},
	},
	Fresh: text{
		Title: "They are locked out",
		Lead: []string{"Whatever somebody set up {at} with your e-mail address is gone: their password, their sign-ins and their codes.",
			"If you want to use the account yourself, choose a password for it. If not, you are done: close this page."},
		Yes: "Set password",
	},
	Reset: text{
		Title: "Choose a new password",
		Lead:  []string{"It takes the place of the old password of your account {at}. You are signed out on all devices."},
		Yes:   "Set password",
		Done:  "Your password is changed", After: []string{"You can sign in with it now. You were signed out on all devices."},
	},
	Set: text{
		Title: "Set your password",
		Lead:  []string{"There is an account for you {at}. To use it, choose a password."},
		Yes:   "Set password",
		Done:  "Your password is set", After: []string{"You can sign in with it now."},
	},
	Deactivate: text{
		Title: "Close your account?",
		Lead: []string{"If you go on, you are signed out everywhere and nobody can sign in to your account {at} any more. Nothing is deleted: to use the account again, ask {company}.",
			"If you did not ask for this, close this page: nothing happens."},
		Yes:  "Close my account",
		Done: "Your account is closed", After: []string{"You are signed out everywhere. To use the account again, ask {company}."},
	},
	Delete: text{
		Title: "Delete your account?",
		Lead: []string{"If you go on, you ask for your account {at} to be deleted, with what is kept about you. What the law wants kept, such as records of payments, is kept for as long as it says.",
			"The account is not gone at once: until it is, {company} can still stop the deletion for you.",
			"If you did not ask for this, close this page: nothing happens."},
		Yes:  "Delete my account",
		Done: "Your account will be deleted", After: []string{"Your wish is noted. If you change your mind, tell {company} soon."},
	},

	BadLink: text{
		Title: "This link does not work",
		Lead: []string{"Each link works once and for a time, and only the one in the newest mail does.",
			"Look for a newer mail, or ask for another where you asked for this one."},
	},
	NotTheirs: text{
		Title: "Thank you, that is all",
		Lead:  []string{"The account {at} has another address as well, so it is not yours to take over. Yours was removed from it, and this link works no more: there is nothing left for you to do."},
	},
	Owner: text{
		Title: "This cannot be done",
		Lead:  []string{"The account belongs to the owner of {company}, and a company always has one. Hand the company over to somebody else first."},
	},

	Required:  "Choose a password.",
	TooShort:  "This password is too short.",
	TooLong:   "This password is too long: use at most 128 characters.",
	Weak:      "This password is too easy to guess. Leave out your name and the company's, common words, and repetitions.",
	BadFormat: "Use characters that can be typed.",
	Taken:     "This address was confirmed in another account meanwhile.",
	Later:     "There is much to do at the moment. Wait a little, then try once more.",
	Foreign:   "The form came from another page, or from a browser that does not say. Open the link from your mail once more.",
	Failed:    "This did not work, and it is not your fault. Try once more.",
}
