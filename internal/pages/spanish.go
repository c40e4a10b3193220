package pages

var spanish = words{
	Somebody: "la empresa", At: "en {company}", AtSomebody: "en la empresa",

	Error:      "Error",
	Link:       "Pegue el enlace de su correo",
	LinkHint:   "El enlace completo, desde https:// hasta el final. Si le ha traído a esta página, está en la barra de direcciones del navegador.",
	LinkPart:   "Este no es el enlace completo. Cópielo entero, desde https:// hasta el final.",
	Password:   "Contraseña nueva",
	LengthHint: "Al menos {length} caracteres. Lo más fácil de recordar son varias palabras que no tengan nada que ver entre sí.",
	Show:       "Mostrar la contraseña",
	Help:       "¿Tiene preguntas? Diríjase a {company}:",
	GoOn:       "Continuar a {company}",

	Verify: text{
		Title: "¿Es esta su dirección de correo?",
		Lead: []string{"Alguien ha dado como suya {at} la dirección a la que llegó nuestro correo. ¿Ha sido usted?",
			"Si no ha sido usted, eliminaremos todo lo que se haya creado con su dirección."},
		Yes: "Sí, soy yo", No: "No, no soy yo",
		Done: "Su dirección de correo está confirmada", After: []string{"Gracias. Ya puede cerrar esta página."},
	},
	Fresh: text{
		Title: "Esa persona ya no puede entrar",
		Lead: []string{"Todo lo que alguien creó {at} con su dirección de correo ha desaparecido: la contraseña, las sesiones y los códigos.",
			"Si quiere usar la cuenta, elija una contraseña. Si no, ha terminado: cierre esta página."},
		Yes: "Guardar contraseña",
	},
	Reset: text{
		Title: "Elija una contraseña nueva",
		Lead:  []string{"Sustituye a la contraseña anterior de su cuenta {at}. Se cerrará la sesión en todos los dispositivos."},
		Yes:   "Guardar contraseña",
		Done:  "Su contraseña ha cambiado", After: []string{"Ya puede iniciar sesión con ella. Se ha cerrado la sesión en todos los dispositivos."},
	},
	Set: text{
		Title: "Elija su contraseña",
		Lead:  []string{"Hay una cuenta para usted {at}. Para usarla, elija una contraseña."},
		Yes:   "Guardar contraseña",
		Done:  "Su contraseña está guardada", After: []string{"Ya puede iniciar sesión con ella."},
	},
	Deactivate: text{
		Title: "¿Cerrar su cuenta?",
		Lead: []string{"Si continúa, se cerrará la sesión en todas partes y nadie podrá entrar en su cuenta {at}. No se borra nada: para volver a usarla, diríjase a {company}.",
			"Si no lo ha pedido usted, cierre esta página: no pasará nada."},
		Yes:  "Cerrar mi cuenta",
		Done: "Su cuenta está cerrada", After: []string{"Se ha cerrado la sesión en todas partes. Para volver a usar la cuenta, diríjase a {company}."},
	},
	Delete: text{
		Title: "¿Eliminar su cuenta?",
		Lead: []string{"Si continúa, pide que se elimine su cuenta {at} y lo que se guarda sobre usted. Lo que la ley obliga a conservar, como los registros de pagos, se conserva el tiempo que ella diga.",
			"La cuenta no desaparece de inmediato: hasta entonces, {company} aún puede detener la eliminación.",
			"Si no lo ha pedido usted, cierre esta página: no pasará nada."},
		Yes:  "Eliminar mi cuenta",
		Done: "Su cuenta se eliminará", After: []string{"Hemos anotado su petición. Si cambia de idea, diríjase pronto a {company}."},
	},

	BadLink: text{
		Title: "Este enlace no funciona",
		Lead: []string{"Cada enlace sirve una sola vez y durante un tiempo, y solo el del correo más reciente.",
			"Busque un correo más reciente o pida otro enlace donde pidió este."},
	},
	NotTheirs: text{
		Title: "Gracias, eso es todo",
		Lead:  []string{"La cuenta {at} tiene además otra dirección, así que no puede hacerse cargo de ella. La suya se ha quitado de ella y este enlace ya no sirve: no tiene que hacer nada más."},
	},
	Owner: text{
		Title: "No se puede hacer",
		Lead:  []string{"La cuenta es de la persona propietaria de {company}, y siempre tiene que haber una. Ceda antes la empresa a otra persona."},
	},

	Required:  "Elija una contraseña.",
	TooShort:  "Esta contraseña es demasiado corta.",
	TooLong:   "Esta contraseña es demasiado larga: use como máximo 128 caracteres.",
	Weak:      "Esta contraseña es demasiado fácil de adivinar. Evite su nombre y el de la empresa, las palabras comunes y las repeticiones.",
	BadFormat: "Use caracteres que se puedan teclear.",
	Taken:     "Entretanto, esta dirección se ha confirmado en otra cuenta.",
	Later:     "Ahora mismo hay mucho que hacer. Espere un poco y vuelva a intentarlo.",
	Foreign:   "El formulario venía de otra página, o de un navegador que no lo dice. Abra otra vez el enlace de su correo.",
	Failed:    "No ha funcionado, y no es culpa suya. Vuelva a intentarlo.",
}
