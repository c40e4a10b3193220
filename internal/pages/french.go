package pages

var french = words{
	Somebody: "l’entreprise", At: "chez {company}", AtSomebody: "dans l’entreprise",

	Error:      "Erreur",
	Link:       "Collez le lien de votre e-mail",
	LinkHint:   "Le lien entier, de https:// jusqu’à la fin. S’il vous a mené à cette page, il est dans la barre d’adresse de votre navigateur.",
	LinkPart:   "Ce n’est pas le lien entier. Copiez-le en totalité, de https:// jusqu’à la fin.",
	Password:   "Nouveau mot de passe",
	LengthHint: "Au moins {length} caractères. Plusieurs mots sans rapport entre eux se retiennent le mieux.",
	Show:       "Afficher le mot de passe",
	Help:       "Des questions ? Pour joindre {company} :",
	GoOn:       "Continuer vers {company}",

	Verify: text{
		Title: "Est-ce votre adresse e-mail ?",
		Lead: []string{"Quelqu’un a donné comme sienne, {at}, l’adresse à laquelle notre e-mail est arrivé. Est-ce vous ?",
			"Si ce n’est pas vous, nous supprimons tout ce qui a été créé avec votre adresse."},
		Yes: "Oui, c’est moi", No: "Non, ce n’est pas moi",
		Done: "Votre adresse e-mail est confirmée", After: []string{"Merci. Vous pouvez fermer cette page."},
	},
	Fresh: text{
		Title: "Cette personne n’a plus accès",
		Lead: []string{"Tout ce que quelqu’un a créé {at} avec votre adresse e-mail a disparu : mot de passe, sessions et codes.",
			"Si vous voulez utiliser ce compte, choisissez un mot de passe. Sinon, c’est terminé : fermez cette page."},
		Yes: "Enregistrer le mot de passe",
	},
	Reset: text{
		Title: "Choisissez un nouveau mot de passe",
		Lead:  []string{"Il remplace l’ancien mot de passe de votre compte {at}. Tous les appareils seront déconnectés."},
		Yes:   "Enregistrer le mot de passe",
		Done:  "Votre mot de passe est modifié", After: []string{"Vous pouvez maintenant l’utiliser pour vous connecter. Tous les appareils ont été déconnectés."},
	},
	Set: text{
		Title: "Choisissez votre mot de passe",
		Lead:  []string{"Un compte vous attend {at}. Pour l’utiliser, choisissez un mot de passe."},
		Yes:   "Enregistrer le mot de passe",
		Done:  "Votre mot de passe est enregistré", After: []string{"Vous pouvez maintenant l’utiliser pour vous connecter."},
	},
	Deactivate: text{
		Title: "Fermer votre compte ?",
		Lead: []string{"Si vous continuez, vous serez déconnecté partout et plus personne ne pourra se connecter à votre compte {at}. Rien n’est supprimé : pour le réutiliser, adressez-vous à {company}.",
			"Si vous n’avez rien demandé, fermez cette page : il ne se passera rien."},
		Yes:  "Fermer mon compte",
		Done: "Votre compte est fermé", After: []string{"Vous êtes déconnecté partout. Pour réutiliser le compte, adressez-vous à {company}."},
	},
	Delete: text{
		Title: "Supprimer votre compte ?",
		Lead: []string{"Si vous continuez, vous demandez la suppression de votre compte {at} et de ce qui est conservé sur vous. Ce que la loi oblige à garder, comme les traces de paiements, est gardé aussi longtemps qu’elle le veut.",
			"Le compte ne disparaît pas aussitôt : d’ici là, {company} peut encore arrêter la suppression.",
			"Si vous n’avez rien demandé, fermez cette page : il ne se passera rien."},
		Yes:  "Supprimer mon compte",
		Done: "Votre compte sera supprimé", After: []string{"Votre demande est enregistrée. Si vous changez d’avis, adressez-vous vite à {company}."},
	},

	BadLink: text{
		Title: "Ce lien ne fonctionne pas",
		Lead: []string{"Chaque lien sert une seule fois et pour un temps, et seul celui de l’e-mail le plus récent fonctionne.",
			"Cherchez un e-mail plus récent, ou demandez un autre lien là où vous avez demandé celui-ci."},
	},
	NotTheirs: text{
		Title: "Merci, c’est tout",
		Lead:  []string{"Ce compte {at} a aussi une autre adresse : vous ne pouvez donc pas le reprendre. La vôtre en a été retirée et ce lien ne sert plus : vous n’avez rien d’autre à faire."},
	},
	Owner: text{
		Title: "C’est impossible",
		Lead:  []string{"Ce compte est celui du propriétaire de {company}, et il en faut toujours un. Cédez d’abord l’entreprise à quelqu’un d’autre."},
	},

	Required:  "Choisissez un mot de passe.",
	TooShort:  "Ce mot de passe est trop court.",
	TooLong:   "Ce mot de passe est trop long : 128 caractères au plus.",
	Weak:      "Ce mot de passe est trop facile à deviner. Évitez votre nom et celui de l’entreprise, les mots courants et les répétitions.",
	BadFormat: "Utilisez des caractères que l’on peut taper.",
	Taken:     "Entre-temps, cette adresse a été confirmée dans un autre compte.",
	Later:     "Il y a beaucoup à faire en ce moment. Attendez un peu, puis réessayez.",
	Foreign:   "Le formulaire venait d’une autre page, ou d’un navigateur qui ne le dit pas. Ouvrez à nouveau le lien de votre e-mail.",
	Failed:    "Cela n’a pas fonctionné, et ce n’est pas votre faute. Réessayez.",
}
