package pages

var german = words{
	Somebody: "das Unternehmen", At: "bei {company}", AtSomebody: "bei dem Unternehmen",

	Error:      "Fehler",
	Link:       "Fügen Sie den Link aus Ihrer E-Mail ein",
	LinkHint:   "Den ganzen Link, von https:// bis zum Ende. Wenn er Sie auf diese Seite geführt hat, steht er in der Adresszeile Ihres Browsers.",
	LinkPart:   "Das ist nicht der ganze Link. Kopieren Sie ihn vollständig, von https:// bis zum Ende.",
	Password:   "Neues Passwort",
	LengthHint: "Mindestens {length} Zeichen. Mehrere Wörter, die nichts miteinander zu tun haben, merkt man sich am leichtesten.",
	Show:       "Passwort anzeigen",
	Help:       "Noch Fragen? Wenden Sie sich an {company}:",
	GoOn:       "Weiter zu {company}",

	Verify: text{
		Title: "Ist das Ihre E-Mail-Adresse?",
		Lead: []string{"Jemand hat die Adresse, an die unsere E-Mail ging, {at} als seine angegeben. Waren Sie das?",
			"Wenn nicht, entfernen wir alles, was mit Ihrer Adresse eingerichtet wurde."},
		Yes: "Ja, das bin ich", No: "Nein, das bin ich nicht",
		Done: "Ihre E-Mail-Adresse ist bestätigt", After: []string{"Vielen Dank. Sie können diese Seite schließen."},
	},
	Fresh: text{
		Title: "Der andere ist ausgesperrt",
		Lead: []string{"Alles, was jemand {at} mit Ihrer E-Mail-Adresse eingerichtet hat, ist weg: Passwort, Anmeldungen und Codes.",
			"Wenn Sie das Konto selbst nutzen möchten, wählen Sie ein Passwort dafür. Wenn nicht, sind Sie fertig: Schließen Sie diese Seite."},
		Yes: "Passwort festlegen",
	},
	Reset: text{
		Title: "Wählen Sie ein neues Passwort",
		Lead:  []string{"Es ersetzt das alte Passwort Ihres Kontos {at}. Alle Geräte werden abgemeldet."},
		Yes:   "Passwort festlegen",
		Done:  "Ihr Passwort ist geändert", After: []string{"Sie können sich jetzt damit anmelden. Alle Geräte wurden abgemeldet."},
	},
	Set: text{
		Title: "Legen Sie Ihr Passwort fest",
		Lead:  []string{"Für Sie gibt es {at} ein Konto. Um es zu nutzen, wählen Sie ein Passwort."},
		Yes:   "Passwort festlegen",
		Done:  "Ihr Passwort ist festgelegt", After: []string{"Sie können sich jetzt damit anmelden."},
	},
	Deactivate: text{
		Title: "Konto schließen?",
		Lead: []string{"Wenn Sie fortfahren, werden Sie überall abgemeldet, und niemand kann sich mehr bei Ihrem Konto {at} anmelden. Gelöscht wird nichts: Wenn Sie das Konto wieder nutzen möchten, wenden Sie sich an {company}.",
			"Wenn Sie das nicht veranlasst haben, schließen Sie diese Seite: Dann geschieht nichts."},
		Yes:  "Mein Konto schließen",
		Done: "Ihr Konto ist geschlossen", After: []string{"Sie sind überall abgemeldet. Wenn Sie das Konto wieder nutzen möchten, wenden Sie sich an {company}."},
	},
	Delete: text{
		Title: "Konto löschen?",
		Lead: []string{"Wenn Sie fortfahren, verlangen Sie die Löschung Ihres Kontos {at} mit allem, was über Sie gespeichert ist. Was nach dem Gesetz aufzubewahren ist, etwa Zahlungsbelege, bleibt so lange, wie das Gesetz es will.",
			"Das Konto ist nicht sofort weg: Bis dahin kann {company} die Löschung noch für Sie anhalten.",
			"Wenn Sie das nicht veranlasst haben, schließen Sie diese Seite: Dann geschieht nichts."},
		Yes:  "Mein Konto löschen",
		Done: "Ihr Konto wird gelöscht", After: []string{"Ihr Wunsch ist vermerkt. Wenn Sie es sich anders überlegen, wenden Sie sich bald an {company}."},
	},

	BadLink: text{
		Title: "Dieser Link funktioniert nicht",
		Lead: []string{"Jeder Link gilt einmal und nur für eine gewisse Zeit, und nur der aus der neuesten E-Mail.",
			"Suchen Sie nach einer neueren E-Mail, oder fordern Sie dort, wo Sie diesen Link angefordert haben, einen neuen an."},
	},
	NotTheirs: text{
		Title: "Danke, das war alles",
		Lead:  []string{"Das Konto {at} hat noch eine andere Adresse, deshalb können Sie es nicht übernehmen. Ihre Adresse wurde daraus entfernt, und dieser Link gilt nicht mehr: Für Sie ist nichts weiter zu tun."},
	},
	Owner: text{
		Title: "Das geht nicht",
		Lead:  []string{"Das Konto gehört der Person, der {at} alles untersteht, und eine solche muss es immer geben. Übergeben Sie das Unternehmen zuerst an jemand anderen."},
	},

	Required:  "Wählen Sie ein Passwort.",
	TooShort:  "Dieses Passwort ist zu kurz.",
	TooLong:   "Dieses Passwort ist zu lang: höchstens 128 Zeichen.",
	Weak:      "Dieses Passwort ist zu leicht zu erraten. Vermeiden Sie Ihren Namen und den des Unternehmens, gängige Wörter und Wiederholungen.",
	BadFormat: "Verwenden Sie Zeichen, die sich tippen lassen.",
	Taken:     "Diese Adresse wurde inzwischen in einem anderen Konto bestätigt.",
	Later:     "Im Moment ist viel zu tun. Warten Sie etwas, und versuchen Sie es dann noch einmal.",
	Foreign:   "Das Formular kam von einer anderen Seite, oder der Browser sagt nicht, woher. Öffnen Sie den Link aus Ihrer E-Mail noch einmal.",
	Failed:    "Das hat nicht geklappt, und es liegt nicht an Ihnen. Versuchen Sie es noch einmal.",
}
