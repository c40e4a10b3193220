package pages

var portuguese = words{
	Somebody: "a empresa", At: "em {company}", AtSomebody: "na empresa",

	Error:      "Erro",
	Link:       "Cole o link do seu e-mail",
	LinkHint:   "O link completo, de https:// até ao fim. Se foi ele que o trouxe a esta página, está na barra de endereço do navegador.",
	LinkPart:   "Este não é o link completo. Copie-o todo, de https:// até ao fim.",
	Password:   "Nova senha",
	LengthHint: "Pelo menos {length} caracteres. O mais fácil de lembrar são várias palavras que nada têm a ver umas com as outras.",
	Show:       "Mostrar a senha",
	Help:       "Dúvidas? Fale com {company}:",
	GoOn:       "Continuar para {company}",

	Verify: text{
		Title: "Este endereço de e-mail é seu?",
		Lead: []string{"Alguém indicou como seu, {at}, o endereço a que chegou o nosso e-mail. Foi você?",
			"Se não foi, removemos tudo o que tenha sido criado com o seu endereço."},
		Yes: "Sim, sou eu", No: "Não, não sou eu",
		Done: "O seu endereço de e-mail está confirmado", After: []string{"Obrigado. Pode fechar esta página."},
	},
	Fresh: text{
		Title: "Essa pessoa já não pode entrar",
		Lead: []string{"Tudo o que alguém criou {at} com o seu endereço de e-mail desapareceu: a senha, as sessões e os códigos.",
			"Se quiser usar a conta, escolha uma senha. Se não, terminou: feche esta página."},
		Yes: "Guardar senha",
	},
	Reset: text{
		Title: "Escolha uma nova senha",
		Lead:  []string{"Substitui a senha antiga da sua conta {at}. A sessão é terminada em todos os dispositivos."},
		Yes:   "Guardar senha",
		Done:  "A sua senha foi alterada", After: []string{"Já pode entrar com ela. A sessão foi terminada em todos os dispositivos."},
	},
	Set: text{
		Title: "Escolha a sua senha",
		Lead:  []string{"Há uma conta para si {at}. Para a usar, escolha uma senha."},
		Yes:   "Guardar senha",
		Done:  "A sua senha está guardada", After: []string{"Já pode entrar com ela."},
	},
	Deactivate: text{
		Title: "Encerrar a sua conta?",
		Lead: []string{"Se continuar, a sessão é terminada em todo o lado e ninguém mais pode entrar na sua conta {at}. Nada é apagado: para voltar a usá-la, fale com {company}.",
			"Se não foi você que pediu, feche esta página: nada acontece."},
		Yes:  "Encerrar a minha conta",
		Done: "A sua conta está encerrada", After: []string{"A sessão foi terminada em todo o lado. Para voltar a usar a conta, fale com {company}."},
	},
	Delete: text{
		Title: "Apagar a sua conta?",
		Lead: []string{"Se continuar, pede que seja apagada a sua conta {at} e o que se guarda sobre si. O que a lei manda conservar, como registos de pagamentos, é conservado pelo tempo que ela diz.",
			"A conta não desaparece logo: até lá, {company} ainda pode travar o pedido.",
			"Se não foi você que pediu, feche esta página: nada acontece."},
		Yes:  "Apagar a minha conta",
		Done: "A sua conta será apagada", After: []string{"O seu pedido está registado. Se mudar de ideias, fale depressa com {company}."},
	},

	BadLink: text{
		Title: "Este link não funciona",
		Lead: []string{"Cada link serve uma só vez e por algum tempo, e só o do e-mail mais recente.",
			"Procure um e-mail mais recente ou peça outro link onde pediu este."},
	},
	NotTheirs: text{
		Title: "Obrigado, é tudo",
		Lead:  []string{"A conta {at} tem ainda outro endereço, por isso não pode ficar com ela. O seu foi retirado dela e este link já não serve: não tem mais nada a fazer."},
	},
	Owner: text{
		Title: "Não é possível",
		Lead:  []string{"A conta é da pessoa proprietária de {company}, e tem de haver sempre uma. Entregue primeiro a empresa a outra pessoa."},
	},

	Required:  "Escolha uma senha.",
	TooShort:  "Esta senha é demasiado curta.",
	TooLong:   "Esta senha é demasiado longa: use no máximo 128 caracteres.",
	Weak:      "Esta senha é demasiado fácil de adivinhar. Evite o seu nome e o da empresa, palavras comuns e repetições.",
	BadFormat: "Use caracteres que se possam escrever no teclado.",
	Taken:     "Entretanto, este endereço foi confirmado noutra conta.",
	Later:     "Há muito que fazer neste momento. Espere um pouco e tente outra vez.",
	Foreign:   "O formulário veio de outra página, ou de um navegador que não o diz. Abra outra vez o link do seu e-mail.",
	Failed:    "Não funcionou, e a culpa não é sua. Tente outra vez.",
}
